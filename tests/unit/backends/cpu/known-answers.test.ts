import { solverNames } from '../../../../src/backends/backend.ts';
import { createCpuBackend } from '../../../../src/backends/cpu/cpu-backend.ts';
import { knownAnswersSuite } from '../../../support/suites/known-answers-suite.ts';

// Sums in single precision: some ten roundings of 6e-8 of numbers about 1.
const wasm = () => Promise.resolve(createCpuBackend({ threads: 1 }));
knownAnswersSuite('cpu, WebAssembly', wasm, { solvers: solverNames, tolerance: 1e-6, epochs: 12 });

// Sums in double precision: the result alone is rounded.
const plain = () => Promise.resolve(createCpuBackend({ kernels: 'typescript' }));
knownAnswersSuite('cpu, TypeScript', plain, { solvers: solverNames, tolerance: 1e-6, epochs: 12 });
