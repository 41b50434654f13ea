import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { similarItemsSuite } from '../../support/suites/similar-items-suite.ts';

// A few roundings of 6e-8 in cosines below 1.
similarItemsSuite('cpu, WebAssembly', () => Promise.resolve(createCpuBackend()), { tolerance: 1e-6 });
similarItemsSuite('cpu, TypeScript', () => Promise.resolve(createCpuBackend({ kernels: 'typescript' })), {
  tolerance: 1e-6,
});
