import { solverNames } from '../../../src/backends/backend.ts';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { createWebGpuBackend } from '../../../src/backends/webgpu/webgpu-backend.ts';
import { requestGpu } from '../../support/gpu.ts';
import { knownAnswersSuite } from '../../support/suites/known-answers-suite.ts';

// Sums in single precision: some ten roundings of 6e-8 of numbers about 1.
const options = { tolerance: 1e-6, epochs: 10 };

const open = (rowSolve: 'invocation' | 'workgroup') => async () =>
  createWebGpuBackend({ exact: createCpuBackend(), gpu: await requestGpu(), rowSolve });

knownAnswersSuite('webgpu, one invocation a row', open('invocation'), {
  ...options,
  solvers: solverNames,
});
knownAnswersSuite('webgpu, one workgroup a row', open('workgroup'), {
  ...options,
  solvers: ['auto', 'ew-pcg', 'cg'],
});
