import { CpuEmbeddingTable } from '../../src/engine/cpu/cpu-embedding-table.ts';
import { embeddingSuite } from '../support/embedding-suite.ts';

embeddingSuite('cpu', (rows, work) => work(new CpuEmbeddingTable(rows)));
