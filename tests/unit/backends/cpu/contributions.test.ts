import { createCpuBackend } from '../../../../src/backends/cpu/cpu-backend.ts';
import { contributionsSuite } from '../../../support/suites/contributions-suite.ts';

const cases = [
  [1, 5, 2],
  [7, 1, 1],
  [8, 4, 9],
  [9, 9, 4],
  [20, 33, 50],
  [64, 61, 3],
] as const;

for (const [name, kernels] of [
  ['WebAssembly', 'auto'],
  ['TypeScript', 'typescript'],
] as const) {
  // One rounding of the folded-in row and some of its product with one of the items: 6e-8 of scores about 1.
  contributionsSuite(`cpu, ${name}`, () => Promise.resolve(createCpuBackend({ kernels })), {
    cases,
    scoreTolerance: 1e-6,
  });
}
