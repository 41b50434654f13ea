import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { createWebGpuBackend } from '../../../src/backends/webgpu/webgpu-backend.ts';
import { requestGpu } from '../../support/gpu.ts';
import { similarItemsSuite } from '../../support/suites/similar-items-suite.ts';

// A few roundings of 6e-8 in cosines below 1, and of divisions, which a GPU may round by a little more.
similarItemsSuite('webgpu', async () => createWebGpuBackend({ exact: createCpuBackend(), gpu: await requestGpu() }), {
  tolerance: 2e-6,
});
