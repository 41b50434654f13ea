import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { createWebGpuBackend } from '../../../src/backends/webgpu/webgpu-backend.ts';
import { requestGpu } from '../../support/gpu.ts';
import { solverSuite } from '../../support/suites/solver-suite.ts';

// Sums in float32, of 100,000 terms in the longest row: some hundred roundings of 6e-8 times conditions of about ten.
const options = { tolerance: 5e-4, lossTolerance: 1e-5 };

for (const rowSolve of ['invocation', 'subgroup', 'workgroup'] as const) {
  const open = async () => createWebGpuBackend({ exact: createCpuBackend(), gpu: await requestGpu(), rowSolve });
  solverSuite(`webgpu, one ${rowSolve} a row`, open, {
    ...options,
    solvers: rowSolve === 'subgroup' ? ['auto', 'ew-pcg'] : ['auto', 'ew-pcg', 'cg'],
    ranks: rowSolve === 'subgroup' ? [13] : [1, 13],
  });
}
const open = async () => createWebGpuBackend({ exact: createCpuBackend(), gpu: await requestGpu() });
solverSuite('webgpu', open, { ...options, solvers: ['cholesky'], ranks: [1, 13] });
