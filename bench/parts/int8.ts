import type { TopK } from '../../src/engine/backend.ts';
import { createCpuBackend } from '../../src/engine/cpu/cpu-backend.ts';
import { Xoshiro128 } from '../../src/engine/random.ts';
import { describeRun } from '../machine.ts';
import { describeMeasurements, measure } from '../measure.ts';
import { movielensSmall } from '../movielens-small.ts';
import { clusterCentres, clusteredVectors } from '../peers/hnsw/clustered-vectors.ts';
import { matrixOf, presenceSettings, problemOf } from '../problem.ts';

const rowCount = 100_000;
const rank = 64;
const k = 100;
const queryCount = 32;

/** Factors to rank, `rowCount × rank`, and of whom, `queryCount × rank`. */
interface Catalogue {
  readonly name: string;
  readonly factors: Float32Array;
  readonly queries: Float32Array;
}

/** No item stands out: the hardest to rule out. */
function independentCatalogue(): Catalogue {
  const random = Xoshiro128.fromSeed(1);
  return {
    name: 'independent normal numbers',
    factors: random.normals(rowCount * rank, 0.1),
    queries: random.normals(queryCount * rank, 0.1),
  };
}

/** As the bench against HNSW has them, with lengths that fall by a power law. */
function clusteredCatalogue(): Catalogue {
  const random = Xoshiro128.fromSeed(2);
  const shape = { rank, clusterCount: 500, spread: 0.7 };
  const centres = clusterCentres(random, shape);
  const factors = clusteredVectors(centres, random, { ...shape, count: rowCount });
  for (let row = 0; row < rowCount; row++) {
    const length = (1 + random.nextBelow(rowCount)) ** -0.3;
    for (let i = 0; i < rank; i++) factors[row * rank + i]! *= length;
  }
  return {
    name: '500 clusters, lengths by a power law',
    factors,
    queries: clusteredVectors(centres, random, { ...shape, count: queryCount }),
  };
}

/** The films of MovieLens small after eight epochs, over and over, each number a twentieth off; users are the queries. */
async function trainedCatalogue(): Promise<Catalogue> {
  const problem = problemOf(matrixOf(await movielensSmall()), { rank, settings: presenceSettings });
  const backend = createCpuBackend();
  const training = await backend.openTraining(problem, { solver: 'auto', cgSteps: 3 });
  for (let epoch = 0; epoch < 8; epoch++) {
    await training.solve('users');
    await training.solve('items');
  }
  const { userFactors, itemFactors } = await training.factors();
  training.dispose();
  backend.dispose();
  const random = Xoshiro128.fromSeed(3);
  return {
    name: 'MovieLens small, trained, its films over and over',
    factors: random
      .normals(rowCount * rank, 0.05)
      .map((normal, place) => (1 + normal) * itemFactors[place % itemFactors.length]!),
    queries: userFactors.slice(0, queryCount * rank),
  };
}

/**
 * `npm run bench -- int8`: the exact top 100 of 100,000 × 64 on the CPU back end, with 8-bit codes that rule rows out
 * and without. Stops where the lists or their scores are not the same to the bit.
 */
export async function benchInt8(): Promise<void> {
  console.log(describeRun('npm run bench -- int8'));
  for (const catalogue of [independentCatalogue(), clusteredCatalogue(), await trainedCatalogue()]) {
    await benchCatalogue(catalogue);
  }
}

async function benchCatalogue({ name, factors, queries }: Catalogue): Promise<void> {
  const contenders = [];
  for (const [name, compressFrom] of [
    ['float32 alone', Infinity],
    ['8-bit codes, then float32', 0],
  ] as const) {
    const backend = createCpuBackend({ threads: 1, compressFrom });
    const table = await backend.openTable({ rank, rowCount, factors, biases: new Float32Array(rowCount), alpha0: 1 });
    contenders.push({ name, backend, table });
  }
  for (const batch of [1, queryCount]) {
    const asked = queries.subarray(0, batch * rank);
    const lists: TopK[] = [];
    for (const { table } of contenders) lists.push((await table.topK(asked, { k, similarity: 'dot' })).topK);
    const [first, second] = lists.map(({ rows, scores, counts }) =>
      JSON.stringify([[...rows], [...scores], [...counts]]),
    );
    if (first !== second) throw new Error('The lists differ: they must be the same to the bit.');
    console.log(`\n${name}: top ${k} of ${rowCount} × ${rank}, batch ${batch}: the same ${batch * k} items and scores`);
    const runs = contenders.map(({ name, table }) => ({
      name,
      run: () => table.topK(asked, { k, similarity: 'dot' }),
    }));
    for (const line of describeMeasurements(await measure(runs, { rounds: 15 }))) console.log(line);
  }
  for (const { table, backend } of contenders) {
    table.dispose();
    backend.dispose();
  }
}
