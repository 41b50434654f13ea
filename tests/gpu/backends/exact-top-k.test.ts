import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { createWebGpuBackend } from '../../../src/backends/webgpu/webgpu-backend.ts';
import { requestGpu } from '../../support/gpu.ts';
import { topKSuite } from '../../support/suites/top-k-suite.ts';

topKSuite('webgpu', async () => createWebGpuBackend({ exact: createCpuBackend(), gpu: await requestGpu() }), {
  // Enough for short lists by codes, longer ones by tiles, and the longest by all keys.
  rowCount: 6500,
  runs: 40,
});
