import { defineConfig } from '@playwright/test';
import { findChromium, webGpuFlags } from './scripts/chromium.mjs';
import { freePort } from './scripts/free-port.mjs';

const { executablePath, env } = await findChromium();
// Workers read this file again and must find the port that the server got.
const port = (process.env['POCKETREC_E2E_PORT'] ??= String(await freePort()));

/** End-to-end tests: the built page, served with its real headers. */
export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'artifacts/e2e',
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: 'artifacts/playwright.json' }]],
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    viewport: { width: 1280, height: 800 },
    launchOptions: { executablePath, env, args: webGpuFlags },
  },
  webServer: {
    command: `npx vite preview --port ${port}`,
    url: `http://127.0.0.1:${port}`,
    reuseExistingServer: false,
    stdout: 'ignore',
  },
});
