import { solverNames as solvers } from '../../../../src/backends/backend.ts';
import { createCpuBackend } from '../../../../src/backends/cpu/cpu-backend.ts';
import { backendSuite } from '../../../support/suites/backend-suite.ts';
import { scoringSuite } from '../../../support/suites/scoring-suite.ts';
import { solverSuite } from '../../../support/suites/solver-suite.ts';

const ranks = [1, 2, 3, 4, 5, 8, 9, 31, 32, 33];

// Sums in single precision, four at a time: some ten roundings of 6e-8, and a condition of about ten.
const wasm = () => Promise.resolve(createCpuBackend({ threads: 1 }));
backendSuite('cpu, WebAssembly', wasm, { tolerance: 2e-6, lossTolerance: 1e-6, ranks });
scoringSuite('cpu, WebAssembly', wasm, { tolerance: 2e-6 });
solverSuite('cpu, WebAssembly', wasm, { solvers, tolerance: 2e-5, lossTolerance: 1e-6, ranks: [...ranks, 13] });

// Three threads, however little there is to do; the sums are those of one.
const threaded = () => Promise.resolve(createCpuBackend({ threads: 3, workPerThread: 0 }));
solverSuite('cpu, three threads', threaded, { solvers, tolerance: 2e-5, lossTolerance: 1e-6, ranks: [5] });

// Sums in double, rounds the result once: float32 spacing at 1 is 1.2e-7, and a double system of condition 1e6 adds
// about as much again.
const plain = () => Promise.resolve(createCpuBackend({ kernels: 'typescript' }));
backendSuite('cpu, TypeScript', plain, { tolerance: 1e-6, lossTolerance: 1e-6, ranks });
scoringSuite('cpu, TypeScript', plain, { tolerance: 1e-6 });
solverSuite('cpu, TypeScript', plain, { solvers, tolerance: 1e-5, lossTolerance: 1e-6, ranks: [...ranks, 13] });
