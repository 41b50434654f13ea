import path from 'node:path';
import { chromium, type Page } from 'playwright';
import { build, preview } from 'vite';
import { findChromium, webGpuFlags } from '../../scripts/chromium.mjs';

/** A built page in the test browser. */
export interface PeerPage {
  readonly page: Page;
  /** For the head of a part, e.g. `Chromium 147.0.7727.24 (npm), headless`. */
  readonly browserName: string;
  readonly close: () => Promise<void>;
}

/**
 * Builds the page in `bench/peers/<name>` with Vite, as for production, and opens it in headless Chromium. The files of
 * `public/` lie beside it. WebGPU is SwiftShader's unless `POCKETREC_VULKAN=system`.
 */
export async function openPeerPage(name: string): Promise<PeerPage> {
  const outDir = path.resolve(`node_modules/.cache/bench-${name}`);
  const shared = { root: path.resolve('bench/peers', name), configFile: false, logLevel: 'error' } as const;
  await build({
    ...shared,
    base: './',
    publicDir: path.resolve('public'),
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 10_000 },
  });
  const server = await preview({ ...shared, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } });
  const { executablePath, env, source } = await findChromium();
  const args = process.env['POCKETREC_VULKAN'] === 'system' ? ['--enable-unsafe-webgpu'] : webGpuFlags;
  const browser = await chromium.launch({ executablePath, env, args });
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(`${name}: ${error.message}`));
  await page.goto(server.resolvedUrls!.local[0]!);
  await page.waitForFunction(() => 'runPart' in globalThis);
  return {
    page,
    browserName: `Chromium ${browser.version()} (${source}), headless`,
    close: async () => {
      await browser.close();
      await new Promise((resolve) => server.httpServer.close(resolve));
    },
  };
}
