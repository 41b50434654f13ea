import { Xoshiro128 } from '../../src/model/random.ts';
import { foldInEquations } from '../../src/model/row-equations.ts';
import { cpuBackends, describeWebGpu, javascriptBackend, webGpuBackend } from '../backends.ts';
import { describeRun } from '../machine.ts';
import { describeMeasurements, measure } from '../measure.ts';
import { movielensSmall } from '../movielens-small.ts';
import { presenceSettings } from '../problem.ts';

/**
 * `npm run bench -- serving`: what a rating costs: exact fold-in of 20 films, scores of the whole catalogue, top 50, and
 * what each of the 20 adds to each of the 50 scores.
 */
export async function benchServing(): Promise<void> {
  const { items, itemIds } = await movielensSmall();
  const webGpu = await webGpuBackend();
  console.log(describeRun('npm run bench -- serving'));
  console.log(describeWebGpu(webGpu));
  const itemCount = itemIds.length;
  const history = [...items.subarray(0, 20)];
  const biases = new Float32Array(itemCount);
  const mask = new Uint32Array(Math.ceil(itemCount / 32));
  for (const item of history) mask[item >> 5]! |= 1 << (item & 31);
  const { equations } = foldInEquations([history.map((itemRow) => ({ itemRow, strength: 1, stars: null }))], {
    settings: presenceSettings,
    weights: null,
    itemCount,
    globalMean: 0,
    itemBiases: biases,
  });
  for (const factors of [32, 64]) {
    const itemFactors = Xoshiro128.fromSeed(1).normals(itemCount * factors, 0.1);
    const { unobservedWeight } = presenceSettings;
    const tables = [];
    for (const { name, backend } of [javascriptBackend(), cpuBackends()[0]!, ...(webGpu === null ? [] : [webGpu])]) {
      tables.push({
        name,
        table: await backend.openItemTable({
          factors,
          rowCount: itemCount,
          itemFactors,
          biases,
          unobservedWeight,
        }),
      });
    }
    const contenders = tables.map(({ name, table }) => ({
      name,
      run: () => table.foldInTopK(equations, { k: 50, mask }),
    }));
    console.log(`\nFold-in of ${history.length} films and top 50 of ${itemCount}, k = ${factors}`);
    for (const line of describeMeasurements(await measure(contenders, { rounds: 50 }))) console.log(line);

    const rows = Uint32Array.from({ length: 50 }, (_, place) => place);
    console.log(`\nWhat each of ${history.length} films adds to each of ${rows.length} scores, k = ${factors}`);
    // WebGPU hands this to an explainer on the CPU, in double precision.
    const explaining = tables.map(({ name, table }) => ({ name, run: () => table.contributions(equations, rows) }));
    for (const line of describeMeasurements(await measure(explaining, { rounds: 50 }))) console.log(line);
    for (const { table } of tables) table.dispose();
  }
  webGpu?.backend.dispose();
}
