import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { readmeBlocks } from './scripts/readme-blocks.ts';
import { findChromium, vulkanEnv, webGpuFlags } from './scripts/chromium.mjs';

const { executablePath, env } = await findChromium();

function chromium(args: string[]) {
  return {
    enabled: true,
    headless: true,
    screenshotFailures: false,
    api: { host: '127.0.0.1' },
    provider: playwright({ launchOptions: { executablePath, env, args } }),
    instances: [{ browser: 'chromium' as const }],
  };
}

/** A kernel that never ends has no watchdog of its own: the test's time limit fails it. */
const kernelTimeout = 60_000;

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'dawn',
          include: ['tests/gpu/**/*.test.ts'],
          env: await vulkanEnv(),
          testTimeout: kernelTimeout,
          pool: 'forks',
        },
      },
      {
        plugins: [readmeBlocks(import.meta.dirname)],
        test: {
          name: 'browser',
          include: ['tests/gpu/**/*.test.ts', 'tests/browser/**/*.test.ts'],
          testTimeout: kernelTimeout,
          browser: chromium(webGpuFlags),
        },
        optimizeDeps: { include: ['birpc', 'idb', 'valibot', 'fast-check'] },
      },
      {
        test: {
          name: 'no-gpu',
          include: ['tests/no-gpu/**/*.test.ts'],
          testTimeout: kernelTimeout,
          browser: chromium([]),
        },
        optimizeDeps: { include: ['birpc', 'idb', 'valibot'] },
      },
    ],
  },
});
