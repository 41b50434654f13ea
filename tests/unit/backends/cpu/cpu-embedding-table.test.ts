import { CpuEmbeddingTable } from '../../../../src/backends/cpu/cpu-embedding-table.ts';
import { embeddingSuite } from '../../../support/embedding-suite.ts';

embeddingSuite('cpu', (rows, work) => work(new CpuEmbeddingTable(rows)));
