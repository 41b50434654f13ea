import { createWebGpuBackend } from '../../src/engine/webgpu/webgpu-backend.ts';
import { isBrowser, requestGpu } from '../support/gpu.ts';
import { topKSuite } from '../support/top-k-suite.ts';

topKSuite('webgpu', async () => createWebGpuBackend({ gpu: await requestGpu() }), {
  rowCount: isBrowser ? 1500 : 5000,
  runs: isBrowser ? 5 : 40,
});
