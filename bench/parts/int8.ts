import { openNodeGpu } from '../../src/cli/node-gpu.ts';
import { createCpuBackend } from '../../src/backends/cpu/cpu-backend.ts';
import { Xoshiro128 } from '../../src/model/random.ts';
import { GpuUnavailableError } from '../../src/errors.ts';
import { type GpuDevice, openGpu } from '../../src/gpu/device.ts';
import { describeRun } from '../machine.ts';
import { describeMeasurements, measure } from '../measure.ts';
import { movielensSmall } from '../movielens-small.ts';
import { clusterCentres, clusteredVectors } from '../peers/hnsw/clustered-vectors.ts';
import { interactionMatrix } from '../../src/data/interactions.ts';
import { presenceSettings, problemOf } from '../problem.ts';
import { type GpuRanking, gpuRankings } from './int8-gpu.ts';

const rowCount = 100_000;
const factors = 64;
const k = 100;
const queryCount = 32;

/** The items, `rowCount × factors`, and who asks, `queryCount × factors`. */
interface Catalogue {
  readonly name: string;
  readonly itemFactors: Float32Array;
  readonly queries: Float32Array;
}

/** No item stands out: the hardest to rule out. */
function independentCatalogue(): Catalogue {
  const random = Xoshiro128.fromSeed(1);
  return {
    name: 'independent normal numbers',
    itemFactors: random.normals(rowCount * factors, 0.1),
    queries: random.normals(queryCount * factors, 0.1),
  };
}

/** As the bench against HNSW has them, with lengths that fall by a power law. */
function clusteredCatalogue(): Catalogue {
  const random = Xoshiro128.fromSeed(2);
  const shape = { factors, clusterCount: 500, spread: 0.7 };
  const centres = clusterCentres(random, shape);
  const itemFactors = clusteredVectors(centres, random, { ...shape, count: rowCount });
  for (let row = 0; row < rowCount; row++) {
    const length = (1 + random.nextBelow(rowCount)) ** -0.3;
    for (let i = 0; i < factors; i++) itemFactors[row * factors + i]! *= length;
  }
  return {
    name: '500 clusters, lengths by a power law',
    itemFactors,
    queries: clusteredVectors(centres, random, { ...shape, count: queryCount }),
  };
}

/** The films of MovieLens small after eight epochs, over and over, each number a twentieth off; users are the queries. */
async function trainedCatalogue(): Promise<Catalogue> {
  const problem = problemOf(interactionMatrix(await movielensSmall()), { factors, settings: presenceSettings });
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
    itemFactors: random
      .normals(rowCount * factors, 0.05)
      .map((normal, place) => (1 + normal) * itemFactors[place % itemFactors.length]!),
    queries: userFactors.slice(0, queryCount * factors),
  };
}

/**
 * `npm run bench -- int8`: the exact top 100 of 100,000 × 64 with 8-bit codes that rule rows out and without, on the CPU
 * back end and on WebGPU. Stops where the lists or their scores are not the same to the bit.
 */
export async function benchInt8(): Promise<void> {
  const gpu = await webGpuDevice();
  console.log(describeRun('npm run bench -- int8'));
  console.log(gpu === null ? 'WebGPU: no adapter' : `WebGPU: Dawn for Node, ${gpu.adapterName}`);
  for (const catalogue of [independentCatalogue(), clusteredCatalogue(), await trainedCatalogue()]) {
    await benchCpu(catalogue);
    if (gpu !== null) await benchGpu(gpu, catalogue);
  }
  gpu?.dispose();
}

async function webGpuDevice(): Promise<GpuDevice | null> {
  try {
    return await openGpu({ gpu: await openNodeGpu() });
  } catch (error) {
    if (error instanceof GpuUnavailableError) return null;
    throw error;
  }
}

async function benchCpu(catalogue: Catalogue): Promise<void> {
  const { itemFactors } = catalogue;
  const contenders = [];
  for (const [name, compressFrom] of [
    ['float32 alone', Infinity],
    ['8-bit codes, then float32', 0],
  ] as const) {
    const backend = createCpuBackend({ threads: 1, compressFrom });
    const table = await backend.openItemTable({
      factors,
      rowCount,
      itemFactors,
      biases: new Float32Array(rowCount),
      unobservedWeight: 1,
    });
    contenders.push({ name, backend, table });
  }
  const rankings = contenders.map(({ name, table }) => ({
    name,
    topK: async (queries: Float32Array) => (await table.topK(queries, { k, similarity: 'dot' })).topK,
  }));
  await compare(catalogue, rankings, { where: 'CPU, 1 thread', rounds: [15, 15] });
  for (const { table, backend } of contenders) {
    table.dispose();
    backend.dispose();
  }
}

async function benchGpu(gpu: GpuDevice, catalogue: Catalogue): Promise<void> {
  const { rankings, describeRetries, dispose } = gpuRankings(gpu, { itemFactors: catalogue.itemFactors, factors, k });
  await compare(catalogue, rankings, { where: 'WebGPU', rounds: [41, 5] });
  console.log(describeRetries());
  dispose();
}

/** Times rankings that must give the same lists. */
async function compare(
  { name, queries }: Catalogue,
  rankings: readonly GpuRanking[],
  /** Rounds of one query, and of all. */
  { where, rounds }: { readonly where: string; readonly rounds: readonly [number, number] },
): Promise<void> {
  for (const [index, batch] of [1, queryCount].entries()) {
    const asked = queries.subarray(0, batch * factors);
    const lists: string[] = [];
    for (const { topK } of rankings) {
      const { rows, scores, counts } = await topK(asked);
      lists.push(JSON.stringify([[...rows], [...scores], [...counts]]));
    }
    if (lists.some((list) => list !== lists[0])) throw new Error('The lists differ: they must be the same to the bit.');
    console.log(
      `\n${where}, ${name}: top ${k} of ${rowCount} × ${factors}, batch ${batch}: the same ${batch * k} items and scores`,
    );
    const runs = rankings.map((ranking) => ({ name: ranking.name, run: () => ranking.topK(asked) }));
    for (const line of describeMeasurements(await measure(runs, { rounds: rounds[index]! }))) console.log(line);
  }
}
