import { createCpuBackend } from '../../../../src/backends/cpu/cpu-backend.ts';
import { topKSuite } from '../../../support/suites/top-k-suite.ts';

topKSuite('cpu, WebAssembly', () => Promise.resolve(createCpuBackend()), { rowCount: 5000, runs: 200 });
topKSuite('cpu, TypeScript', () => Promise.resolve(createCpuBackend({ kernels: 'typescript' })), {
  rowCount: 5000,
  runs: 200,
});
