import { cpus } from 'node:os';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { openNodeGpu } from '../src/cli/node-gpu.ts';
import { datasetFolder, readDatasetFolder } from '../src/cli/read-dataset-folder.ts';
import type { AlsProblem, Backend, SolverName } from '../src/engine/backend.ts';
import { createCpuBackend } from '../src/engine/cpu/cpu-backend.ts';
import { Xoshiro128 } from '../src/engine/random.ts';
import type { Interactions } from '../src/engine/recommendation.ts';
import { foldInEquations, trainingEquations, type ObjectiveSettings } from '../src/engine/row-equations.ts';
import { createWebGpuBackend } from '../src/engine/webgpu/webgpu-backend.ts';
import { GpuUnavailableError } from '../src/errors.ts';
import { CsrMatrix } from '../src/interactions/csr-matrix.ts';
import { describeMeasurements, measure } from './measure.ts';

const settings: ObjectiveSettings = {
  objective: 'implicit',
  feedback: 'presence',
  alpha: null,
  alpha0: 1,
  regularization: 0.001,
  exponent: 1,
};

/**
 * `npm run bench`: medians, spread and ratios, each ratio within one run and one heading. The numbers are of the
 * machine that is named above them; a software adapter computes on the processor and says nothing of a GPU.
 */
export async function main(): Promise<void> {
  const { interactions } = await readDatasetFolder(datasetFolder);
  const cpu = createCpuBackend();
  const gpu = await openGpuBackend();
  console.log(
    `npm run bench · Node ${process.version} · ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} threads`,
  );
  console.log(gpu === null ? 'WebGPU: no adapter' : `WebGPU: Dawn, ${gpu.info.adapter}`);
  const { users, items, itemIds, userCount } = interactions;
  console.log(`MovieLens small: ${users.length} ratings, ${userCount} users, ${itemIds.length} films`);

  for (const rank of [32, 64]) {
    await benchEpochs(interactions, { rank, backends: gpu === null ? [cpu] : [cpu, gpu] });
  }
  const history = [...items.subarray(0, 20)];
  for (const rank of [32, 64]) {
    await benchServing({ rank, itemCount: itemIds.length, history, backends: gpu === null ? [cpu] : [cpu, gpu] });
  }
  await reportSdkSize();
  gpu?.dispose();
}

async function openGpuBackend(): Promise<Backend | null> {
  try {
    return await createWebGpuBackend({ gpu: await openNodeGpu() });
  } catch (error) {
    if (error instanceof GpuUnavailableError) return null;
    throw error;
  }
}

/** One epoch (both half-epochs, no loss, no read-back but the wait for the end). */
async function benchEpochs(
  interactions: Interactions,
  { rank, backends }: { readonly rank: number; readonly backends: readonly Backend[] },
): Promise<void> {
  const problem = problemOf(interactions, rank);
  const contenders: { name: string; run: () => Promise<unknown>; dispose: () => void }[] = [];
  for (const backend of backends) {
    const solvers: SolverName[] = backend.info.kind === 'cpu' ? ['cg', 'cholesky'] : ['cg'];
    for (const solver of solvers) {
      const training = await backend.openTraining(problem, { solver, cgSteps: 3 });
      contenders.push({
        name: `${nameOf(backend)}, ${solver === 'cg' ? 'CG, 3 steps' : 'Cholesky'}`,
        run: async () => {
          await training.solve('users');
          await training.solve('items');
          if (backend.info.kind !== 'cpu') await training.factors();
        },
        dispose: () => training.dispose(),
      });
    }
  }
  console.log(`\nOne epoch, k = ${rank}${backends.length > 1 ? ' (WebGPU: with the read-back of the factors)' : ''}`);
  for (const line of describeMeasurements(await measure(contenders, { rounds: 5 }))) console.log(line);
  for (const contender of contenders) contender.dispose();
}

/** What a rating costs: exact fold-in of a history of 20 films, scores of the whole catalogue, top 50. */
async function benchServing(options: {
  readonly rank: number;
  readonly itemCount: number;
  readonly history: readonly number[];
  readonly backends: readonly Backend[];
}): Promise<void> {
  const { rank, itemCount, history, backends } = options;
  const biases = new Float32Array(itemCount);
  const factors = Xoshiro128.fromSeed(1).normals(itemCount * rank, 0.1);
  const { equations } = foldInEquations([history.map((itemRow) => ({ itemRow, strength: 1, stars: null }))], {
    settings,
    itemCount,
    globalMean: 0,
    itemBiases: biases,
  });
  const mask = new Uint32Array(Math.ceil(itemCount / 32));
  for (const item of history) mask[item >> 5]! |= 1 << (item & 31);
  const contenders: { name: string; run: () => Promise<unknown>; dispose: () => void }[] = [];
  for (const backend of backends) {
    const table = await backend.openTable({ rank, rowCount: itemCount, factors, biases, alpha0: settings.alpha0 });
    contenders.push({
      name: nameOf(backend),
      run: () => table.foldInTopK(equations, { k: 50, mask }),
      dispose: () => table.dispose(),
    });
  }
  console.log(`\nFold-in of ${history.length} films and top 50 of ${itemCount}, k = ${rank}`);
  for (const line of describeMeasurements(await measure(contenders, { rounds: 50 }))) console.log(line);
  for (const contender of contenders) contender.dispose();
}

function problemOf({ userCount, itemIds, users, items, values }: Interactions, rank: number): AlsProblem {
  const matrix = CsrMatrix.fromTriplets({
    rowCount: userCount,
    columnCount: itemIds.length,
    rows: users,
    columns: items,
    values,
  });
  const random = Xoshiro128.fromSeed(1);
  const deviation = 0.1 / Math.sqrt(rank);
  return {
    ...trainingEquations(matrix, settings),
    rank,
    alpha0: settings.alpha0,
    userFactors: random.normals(userCount * rank, deviation),
    itemFactors: random.normals(itemIds.length * rank, deviation),
  };
}

function nameOf({ info }: Backend): string {
  return info.kind === 'cpu' ? 'cpu' : `webgpu${info.isSoftware ? ' (software)' : ''}`;
}

async function reportSdkSize(): Promise<void> {
  const folder = 'dist/sdk';
  const names = await readdir(folder, { recursive: true }).catch(() => null);
  if (names === null) {
    console.log(`\nSDK size: ${folder} does not exist; npm run build:sdk makes it`);
    return;
  }
  console.log('\nSDK, JavaScript after brotli');
  let total = 0;
  for (const name of names.filter((file) => file.endsWith('.js')).sort()) {
    const { length } = brotliCompressSync(await readFile(path.join(folder, name)));
    total += length;
    console.log(`  ${name.padEnd(34)} ${(length / 1000).toFixed(1).padStart(8)} kB`);
  }
  console.log(`  ${'all'.padEnd(34)} ${(total / 1000).toFixed(1).padStart(8)} kB`);
}
