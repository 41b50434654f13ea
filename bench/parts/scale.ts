import { describeMemoryPlan } from '../gpu/describe-memory-plan.ts';
import type { AlsProblem } from '../../src/backends/backend.ts';
import { planTraining } from '../../src/backends/webgpu/training/memory-plan.ts';
import { splitPartCount } from '../../src/backends/webgpu/training/split-rows.ts';
import { Xoshiro128 } from '../../src/model/random.ts';
import { trainingEquations } from '../../src/model/row-equations.ts';
import { cpuBackends, describeCpu } from '../backends.ts';
import { describeRun } from '../machine.ts';
import { presenceSettings } from '../problem.ts';
import { movielens20M, type PowerLawShape, powerLawMatrix } from '../scale/power-law-interactions.ts';

const factors = 64;

/** The goals: JavaScript heap with typed arrays, GPU memory, and what every GPU binds. */
const mostHeapBytes = 600e6;
const mostGpuBytes = 256e6;
const guaranteedLimits = {
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxComputeWorkgroupsPerDimension: 65_535,
};

/**
 * `npm run bench -- scale [--epoch]`: a problem of the size of MovieLens 20M: made row by row, both CSRs built, the GPU
 * memory planned, and with `--epoch` one epoch of CG-3 at k = 64 on the CPU back end.
 */
export async function benchScale(flags: readonly string[]): Promise<void> {
  console.log(describeRun(['npm run bench -- scale', ...flags].join(' ')));
  const shape = movielens20M;
  const { userCount, itemCount, interactionCount } = shape;
  const [[least, most], seed] = [shape.degrees, shape.seed];
  console.log(
    `${interactionCount} interactions, ${userCount} users of ${least} to ${most} items, ${itemCount} items, seed ${seed}`,
  );
  console.log('\nJavaScript memory: heap + typed arrays (MB)');
  const heap = new HeapReport();
  heap.report('before');
  const equations = buildEquations(shape, heap);
  const verdict = heap.mostBytes <= mostHeapBytes ? 'within' : 'ABOVE';
  console.log(`  most at any of these points: ${megabytes(heap.mostBytes)}, ${verdict} ${megabytes(mostHeapBytes)}`);

  console.log(`\nGPU memory at k = ${factors}, planned before anything is allocated, in WebGPU's guaranteed limits`);
  const training = {
    factors,
    userCount,
    itemCount,
    entryCount: interactionCount,
    partCount: splitPartCount(equations),
  };
  const bounds = { limits: guaranteedLimits, mostBytes: mostGpuBytes };
  for (const line of describeMemoryPlan(planTraining({ ...training, weights: 'uniform' }, bounds))) {
    console.log(line);
  }
  for (const weights of ['uniform', 'pairs'] as const) {
    const { byteLength, obstacles, alternatives } = planTraining({ ...training, weights }, bounds);
    const entries = weights === 'uniform' ? 'one weight for all entries' : 'a weight with every entry';
    const verdict = obstacles.length === 0 ? 'fits' : `refused; would fit: ${alternatives.join(', or ')}`;
    console.log(`  ${entries}: ${megabytes(byteLength)} MB of ${megabytes(mostGpuBytes)}, ${verdict}`);
  }
  if (flags.includes('--epoch')) await runEpoch(equations, heap);
}

function buildEquations(shape: PowerLawShape, heap: HeapReport): ReturnType<typeof trainingEquations> {
  const generating = performance.now();
  const matrix = powerLawMatrix(shape);
  const generated = performance.now();
  heap.report('users × items, row by row', generated - generating);
  const counts = new Uint32Array(shape.itemCount);
  for (const item of matrix.columns) counts[item]!++;
  const building = performance.now();
  const equations = trainingEquations(matrix, presenceSettings);
  heap.report('equations of both sides', performance.now() - building);
  counts.sort();
  const unused = counts.findIndex((count) => count > 0);
  console.log(
    `  most popular item: ${counts.at(-1)} users, median ${counts[counts.length >> 1]}, items without any: ${unused}`,
  );
  return equations;
}

async function runEpoch(equations: ReturnType<typeof trainingEquations>, heap: HeapReport): Promise<void> {
  const random = Xoshiro128.fromSeed(1);
  const deviation = 0.1 / Math.sqrt(factors);
  const problem: AlsProblem = {
    ...equations,
    factors,
    unobservedWeight: presenceSettings.unobservedWeight,
    userFactors: random.normals(equations.users.rowCount * factors, deviation),
    itemFactors: random.normals(equations.items.rowCount * factors, deviation),
  };
  const named = cpuBackends().at(-1)!;
  const { name, backend } = named;
  const training = await backend.openTraining(problem, { solver: 'cg', cgSteps: 3 });
  console.log(`\nOne epoch, k = ${factors}, ${name}, cg 3 · ${describeCpu(named)}`);
  const before = await training.loss();
  const started = performance.now();
  await training.solve('users');
  const halfway = performance.now();
  await training.solve('items');
  const ended = performance.now();
  const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(1)} s`;
  console.log(
    `  users ${seconds(started, halfway)}, items ${seconds(halfway, ended)}, all ${seconds(started, ended)} (1 run)`,
  );
  console.log(`  objective ${before.toFixed(0)} → ${(await training.loss()).toFixed(0)}`);
  heap.report('with factors, after the epoch');
  training.dispose();
  backend.dispose();
}

/** Prints what JavaScript holds at points of interest, and remembers the most. */
class HeapReport {
  mostBytes = 0;

  report(name: string, elapsedMs?: number): void {
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    this.mostBytes = Math.max(this.mostBytes, heapUsed + arrayBuffers);
    const took = elapsedMs === undefined ? '' : `  ${(elapsedMs / 1000).toFixed(1)} s`;
    console.log(
      `  ${name.padEnd(32)} ${megabytes(heapUsed)} + ${megabytes(arrayBuffers)} = ${megabytes(heapUsed + arrayBuffers)}` +
        `  (process ${megabytes(rss)})${took}`,
    );
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0).padStart(4);
}
