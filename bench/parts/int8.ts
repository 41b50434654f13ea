import type { ItemTable, TopK } from '../../src/engine/backend.ts';
import { createCpuBackend } from '../../src/engine/cpu/cpu-backend.ts';
import { Xoshiro128 } from '../../src/engine/random.ts';
import { describeRun } from '../machine.ts';
import { describeMeasurements, measure } from '../measure.ts';

const rowCount = 100_000;
const rank = 64;
const k = 100;

/**
 * `npm run bench -- int8`: the exact top 100 of 100,000 × 64 on the CPU back end, with 8-bit codes that rule rows out
 * and without. Stops where the lists or their scores are not the same to the bit.
 */
export async function benchInt8(): Promise<void> {
  console.log(describeRun('npm run bench -- int8'));
  const random = Xoshiro128.fromSeed(1);
  const factors = random.normals(rowCount * rank, 0.1);
  const item: ItemTable = { rank, rowCount, factors, biases: new Float32Array(rowCount), alpha0: 1 };
  const contenders = [];
  for (const [name, compressFrom] of [
    ['float32 alone', Infinity],
    ['8-bit codes, then float32', 0],
  ] as const) {
    const backend = createCpuBackend({ threads: 1, compressFrom });
    contenders.push({ name, backend, table: await backend.openTable(item) });
  }
  for (const batch of [1, 32]) {
    const queries = random.normals(batch * rank, 0.1);
    const lists: TopK[] = [];
    for (const { table } of contenders) lists.push((await table.topK(queries, { k, similarity: 'dot' })).topK);
    const [first, second] = lists.map(({ rows, scores, counts }) =>
      JSON.stringify([[...rows], [...scores], [...counts]]),
    );
    if (first !== second) throw new Error('The lists differ: they must be the same to the bit.');
    console.log(`\nTop ${k} of ${rowCount} × ${rank}, batch ${batch}: the same ${batch * k} items and scores`);
    const runs = contenders.map(({ name, table }) => ({
      name,
      run: () => table.topK(queries, { k, similarity: 'dot' }),
    }));
    for (const line of describeMeasurements(await measure(runs, { rounds: 15 }))) console.log(line);
  }
  for (const { table, backend } of contenders) {
    table.dispose();
    backend.dispose();
  }
}
