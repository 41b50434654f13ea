import { loadHnswlib } from 'hnswlib-wasm';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { Xoshiro128 } from '../../../src/model/random.ts';
import { type Measurement, measure } from '../../measure.ts';
import { clusterCentres, clusteredVectors } from './clustered-vectors.ts';

/** What is compared. */
export interface HnswTask {
  readonly itemCount: number;
  readonly factors: number;
  readonly clusterCount: number;
  readonly spread: number;
  readonly queryCount: number;
  readonly k: number;
  /** Links a node, and candidates while building. */
  readonly links: number;
  readonly buildEf: number;
  readonly leastRecall: number;
  readonly rounds: number;
}

/** What came out; times are of all queries, one after the other. */
export interface HnswResult {
  readonly indexBuildMs: number;
  readonly tableBuildMs: number;
  readonly searchEf: number;
  readonly recall: number;
  readonly measurements: readonly Measurement[];
}

/** The few calls of hnswlib's binding that are used; its own declarations need types that it does not bring. */
interface HnswIndex {
  initIndex(mostItems: number, links: number, buildEf: number, seed: number): void;
  addPoint(point: Float32Array, label: number, replaceDeleted: boolean): void;
  setEfSearch(ef: number): void;
  searchKnn(query: Float32Array, k: number, filter: undefined): { neighbors: number[] };
}

async function runHnsw(task: HnswTask): Promise<HnswResult> {
  const { itemCount, factors, queryCount, k } = task;
  const random = Xoshiro128.fromSeed(1);
  const centres = clusterCentres(random, task);
  const items = clusteredVectors(centres, random, { ...task, count: itemCount });
  const queries = clusteredVectors(centres, random, { ...task, count: queryCount });
  const queryOf = (query: number): Float32Array => queries.subarray(query * factors, (query + 1) * factors);

  const opening = performance.now();
  const backend = createCpuBackend();
  const biases = new Float32Array(itemCount);
  const table = await backend.openItemTable({
    factors,
    rowCount: itemCount,
    itemFactors: items,
    biases,
    unobservedWeight: 0,
  });
  const tableBuildMs = performance.now() - opening;
  const exact: Set<number>[] = [];
  for (let query = 0; query < queryCount; query++) {
    const { topK } = await table.topK(queryOf(query), { k, similarity: 'dot' });
    exact.push(new Set(topK.rows));
  }

  const library = (await loadHnswlib()) as unknown as {
    HierarchicalNSW: new (space: string, factors: number, file: string) => HnswIndex;
  };
  const index = new library.HierarchicalNSW('ip', factors, '');
  const building = performance.now();
  index.initIndex(itemCount, task.links, task.buildEf, 1);
  for (let item = 0; item < itemCount; item++)
    index.addPoint(items.subarray(item * factors, (item + 1) * factors), item, false);
  const indexBuildMs = performance.now() - building;

  const search = (query: number): number[] => index.searchKnn(queryOf(query), k, undefined).neighbors;
  const recallAt = (ef: number): number => {
    index.setEfSearch(ef);
    let found = 0;
    for (let query = 0; query < queryCount; query++)
      for (const item of search(query)) if (exact[query]!.has(item)) found++;
    return found / (k * queryCount);
  };
  let searchEf = k;
  let recall = recallAt(searchEf);
  while (recall < task.leastRecall && searchEf < itemCount) {
    searchEf = Math.ceil(searchEf * 1.25);
    recall = recallAt(searchEf);
  }
  const measurements = await measure(
    [
      {
        name: `hnswlib-wasm, ef ${searchEf}`,
        run: () => {
          for (let query = 0; query < queryCount; query++) search(query);
          return Promise.resolve();
        },
      },
      {
        name: `Pocketrec on the CPU, exact (${backend.info.adapter})`,
        run: async () => {
          for (let query = 0; query < queryCount; query++) await table.topK(queryOf(query), { k, similarity: 'dot' });
        },
      },
    ],
    { rounds: task.rounds },
  );
  table.dispose();
  backend.dispose();
  return { indexBuildMs, tableBuildMs, searchEf, recall, measurements };
}

Object.assign(globalThis, { runPart: runHnsw });
