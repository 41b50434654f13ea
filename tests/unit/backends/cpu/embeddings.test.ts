import { createCpuBackend } from '../../../../src/backends/cpu/cpu-backend.ts';
import { embeddingSuite } from '../../../support/suites/embedding-suite.ts';

embeddingSuite('cpu, WebAssembly', () => Promise.resolve(createCpuBackend()));
embeddingSuite('cpu, TypeScript', () => Promise.resolve(createCpuBackend({ kernels: 'typescript' })));
