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

/** Dependencies that the sources and tests import, made ready beforehand: a search for them would meet what only plugins know. */
const optimizeDeps = { noDiscovery: true, include: ['birpc', 'idb', 'valibot', 'fast-check'] };

/**
 * Kernels are tested in Dawn, which is Chromium's own WebGPU; these tests of `tests/gpu` run in Chromium as well, because
 * there its processes and promises take part.
 */
const alsoInChromium = [
  // Devices, limits, lost devices, errors, reading back: a browser hands each of them from one process to another.
  'tests/gpu/gpu/**/*.test.ts',
  // Training and requests go on where a browser loses the device.
  'tests/gpu/engine/**/*.test.ts',
  // The browser's version of the WGSL compiler is not that of the Node package.
  'tests/gpu/shaders/shader-messages.test.ts',
];

/** A kernel that never ends has no watchdog of its own: the test's time limit fails it. */
const kernelTimeout = 60_000;

export default defineConfig({
  test: {
    // One core less by default, which on a machine of two leaves one idle while the other compiles shaders.
    maxWorkers: '100%',
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
          include: [...alsoInChromium, 'tests/browser/**/*.test.ts'],
          testTimeout: kernelTimeout,
          browser: chromium(webGpuFlags),
        },
        optimizeDeps,
      },
      {
        test: {
          name: 'no-gpu',
          include: ['tests/no-gpu/**/*.test.ts'],
          testTimeout: kernelTimeout,
          browser: chromium([]),
        },
        optimizeDeps,
      },
    ],
  },
});
