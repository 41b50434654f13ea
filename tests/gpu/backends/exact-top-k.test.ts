import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { createWebGpuBackend } from '../../../src/backends/webgpu/webgpu-backend.ts';
import { isBrowser, requestGpu } from '../../support/gpu.ts';
import { topKSuite } from '../../support/top-k-suite.ts';

topKSuite('webgpu', async () => createWebGpuBackend({ exact: createCpuBackend(), gpu: await requestGpu() }), {
  // In Dawn enough for short lists by codes, longer ones by tiles, and the longest by all keys.
  rowCount: isBrowser ? 1500 : 6500,
  runs: isBrowser ? 5 : 40,
});
