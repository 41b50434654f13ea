import { describeRun } from '../../machine.ts';
import { describeMeasurements, scaleTimes } from '../../measure.ts';
import { openPeerPage } from '../peer-page.ts';
import type { HnswResult, HnswTask } from './page.ts';

const task: HnswTask = {
  itemCount: 100_000,
  factors: 64,
  clusterCount: 1000,
  spread: 0.7,
  queryCount: 50,
  k: 10,
  links: 16,
  buildEf: 100,
  leastRecall: 0.95,
  rounds: 5,
};

/** `npm run bench -- hnsw`: an approximate index in WebAssembly against the exact scan, in the same browser. */
export async function benchHnsw(): Promise<void> {
  console.log(describeRun('npm run bench -- hnsw'));
  const { page, browserName, close } = await openPeerPage('hnsw');
  try {
    console.log(`${browserName} · hnswlib-wasm 0.8.2, M = ${task.links}, efConstruction = ${task.buildEf}`);
    const result = await page.evaluate(
      (settings) => (globalThis as unknown as { runPart: (task: HnswTask) => Promise<HnswResult> }).runPart(settings),
      task,
    );
    const { queryCount, itemCount, factors, k } = task;
    console.log(
      `\nTop ${k} of ${itemCount} × ${factors} for one query (mean of ${queryCount}), recall of the index ${result.recall.toFixed(3)}`,
    );
    const perQuery = result.measurements.map((measurement) => scaleTimes(measurement, 1 / queryCount));
    for (const line of describeMeasurements(perQuery)) console.log(line);
    const [index, table] = [result.indexBuildMs / 1000, result.tableBuildMs / 1000];
    console.log(`  build: index ${index.toFixed(1)} s, ours ${table.toFixed(3)} s (1 run)`);
    const [approximate, exact] = perQuery.map(({ times }) => times[times.length >> 1]! / 1000);
    const queries = (index - table) / (exact! - approximate!);
    if (queries > 0) console.log(`  the index has paid for its build after ${Math.round(queries)} queries`);
  } finally {
    await close();
  }
}
