import { createCpuBackend } from '../../src/engine/cpu/cpu-backend.ts';
import { backendSuite } from '../support/backend-suite.ts';

// Sums in double, rounds the result once: float32 spacing at 1 is 1.2e-7, and a double system of condition 1e6 adds
// about as much again.
backendSuite('cpu', () => Promise.resolve(createCpuBackend()), {
  tolerance: 1e-6,
  lossTolerance: 1e-6,
  ranks: [1, 2, 3, 4, 5, 8, 31, 32, 33],
});
