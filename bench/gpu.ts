import { describeMemoryPlan } from './gpu/describe-memory-plan.ts';
import type { AlsProblem, Backend, SolveOptions } from '../src/backends/backend.ts';
import { planTraining, requireFit } from '../src/backends/webgpu/training/memory-plan.ts';
import { Xoshiro128 } from '../src/model/random.ts';
import { foldInEquations, trainingEquations } from '../src/model/row-equations.ts';
import { splitPartCount } from '../src/backends/webgpu/training/split-rows.ts';
import { createCpuBackend } from '../src/backends/cpu/cpu-backend.ts';
import { createWebGpuBackend } from '../src/backends/webgpu/webgpu-backend.ts';
import { GpuUnavailableError } from '../src/errors.ts';
import { type GpuLimits, openGpu } from '../src/gpu/device.ts';
import { DispatchTrace, type KernelTime } from './gpu/dispatch-trace.ts';
import { openBenchGpu, tracedGpu } from './gpu/open-bench-gpu.ts';
import { measureRoofs, type Roofs } from './gpu/roofs.ts';
import { describeStages } from './gpu/stage-report.ts';
import type { WorkShape } from './gpu/work.ts';
import { benchCuda } from './peers/cuda/bench-cuda.ts';
import { describeRun } from './machine.ts';
import { describeMeasurements, measure } from './measure.ts';
import { movielensSmall } from './movielens-small.ts';
import { interactionMatrix } from '../src/data/interactions.ts';
import { presenceSettings } from './problem.ts';
import { movielens20M, powerLawMatrix } from './scale/power-law-interactions.ts';

/** What is run: as large as a GPU bears, or as small as a software adapter does. */
interface Sizes {
  readonly name: string;
  readonly equations: () => Promise<ReturnType<typeof trainingEquations>>;
  readonly factors: readonly number[];
  readonly epochs: number;
  readonly itemCount: number;
  readonly batches: readonly number[];
  readonly rounds: number;
}

const full: Sizes = {
  name: 'the shape of MovieLens 20M',
  equations: () => Promise.resolve(trainingEquations(powerLawMatrix(movielens20M), presenceSettings)),
  factors: [64, 128],
  epochs: 16,
  itemCount: 1_000_000,
  batches: [1, 32, 256],
  rounds: 5,
};

const small: Sizes = {
  name: 'MovieLens small',
  equations: async () => trainingEquations(interactionMatrix(await movielensSmall()), presenceSettings),
  factors: [32, 64],
  epochs: 2,
  itemCount: 60_000,
  batches: [1, 8],
  rounds: 3,
};

const servingFactors = 64;
const listLength = 100;
const historyLength = 50;

/** What is traced by kernel; whole trainings run as the engine's default has it. */
const solvers = [
  { solver: 'ew-pcg', cgSteps: 2 },
  { solver: 'cg', cgSteps: 3 },
] as const satisfies readonly SolveOptions[];
const defaultSolver: SolveOptions = { solver: 'auto', cgSteps: 3 };

interface Bench {
  readonly sizes: Sizes;
  readonly gpu: GPU;
  readonly limits: GpuLimits;
  readonly trace: DispatchTrace;
  /** Watched by `trace`. */
  readonly backend: Backend;
  readonly roofs: Roofs;
}

/**
 * `npm run bench:gpu [-- --small]`: the kernels of training and serving through Dawn for Node, without a network: GPU
 * time of each by timestamps, and what it achieves of the device's own roofs (`bench/gpu/work.ts` has the formulas).
 * `--small` takes sizes that a software adapter bears.
 */
export async function main(args: readonly string[]): Promise<number> {
  const isSmall = args.includes('--small');
  const sizes = isSmall ? small : full;
  console.log(describeRun(`npm run bench:gpu${isSmall ? ' -- --small' : ''}`));
  let gpu: GPU;
  try {
    gpu = await openBenchGpu();
  } catch (error) {
    if (!(error instanceof GpuUnavailableError)) throw error;
    console.log(`skipped: ${error.message}`);
    return 0;
  }
  const trace = new DispatchTrace();
  const device = await openGpu({ gpu: tracedGpu(gpu, trace) });
  console.log(`WebGPU: Dawn for Node, ${device.adapterName}`);
  if (device.isSoftware && !isSmall) {
    console.error('This adapter computes on the processor: the full sizes would take hours. Add -- --small.');
    return 2;
  }
  if (!device.device.features.has('timestamp-query')) {
    console.error('This adapter has no timestamp-query, so that no kernel can be timed.');
    return 2;
  }
  const roofs = await measureRoofs(device, trace);
  const { limits } = device;
  device.dispose();
  console.log(
    `roofs measured: memory ${gigas(roofs.memory)} GB/s, cache ${gigas(roofs.cache)} GB/s, ${gigas(roofs.flops)} GFLOP/s in float32`,
  );
  const backend = await createWebGpuBackend({ exact: createCpuBackend(), gpu: tracedGpu(gpu, trace) });
  const bench: Bench = { sizes, gpu, limits, trace, backend, roofs };
  const training = await benchTraining(bench);
  await benchServing(bench);
  backend.dispose();
  console.log('\nThe same work by others, in this run');
  const { epochs, itemCount, batches, rounds } = sizes;
  await benchCuda({
    training,
    epochs,
    serving: { itemCount, factors: servingFactors, k: listLength, batches },
    rounds,
  });
  return 0;
}

/** @returns the problem of the first number of factors */
async function benchTraining({ sizes, gpu, limits, trace, backend, roofs }: Bench): Promise<AlsProblem> {
  const equations = await sizes.equations();
  const problemOfFactors = (factors: number): AlsProblem => {
    const random = Xoshiro128.fromSeed(1);
    const normals = (rowCount: number): Float32Array => random.normals(rowCount * factors, 0.1 / Math.sqrt(factors));
    const [userFactors, itemFactors] = [normals(equations.users.rowCount), normals(equations.items.rowCount)];
    return {
      ...equations,
      factors,
      unobservedWeight: presenceSettings.unobservedWeight,
      userFactors,
      itemFactors,
    };
  };
  const sides = ['users', 'items'] as const;
  for (const factors of sizes.factors) {
    const shape = {
      factors,
      weights: 'uniform' as const,
      userCount: equations.users.rowCount,
      itemCount: equations.items.rowCount,
      entryCount: equations.users.columns.length,
      partCount: splitPartCount(equations),
    };
    const plan = planTraining(shape, { limits });
    console.log(`\n${sizes.name}, k = ${factors}: GPU memory before anything is allocated`);
    for (const line of describeMemoryPlan(plan)) console.log(line);
    requireFit(plan);
    const problem = problemOfFactors(factors);
    for (const options of solvers) {
      const { solver, cgSteps: steps } = options;
      const training = await backend.openTraining(problem, options);
      const rounds: Record<(typeof sides)[number], KernelTime[][]> = { users: [], items: [] };
      for (let round = -1; round < sizes.rounds; round++) {
        for (const side of sides) {
          await training.solve(side);
          const kernels = await trace.take();
          if (round >= 0) rounds[side].push(kernels);
        }
      }
      training.dispose();
      for (const side of sides) {
        const { rowCount, columnCount, columns } = equations[side];
        const entryCount = columns.length;
        const counts = { factors, entryBytes: 4, rowCount, columnCount, entryCount, queryCount: 0 };
        console.log(
          `\n${side} of ${sizes.name}, ${rowCount} rows, ${entryCount} entries, k = ${factors}, ${solver} ${steps}`,
        );
        for (const line of describeStages(rounds[side], { ...counts, solver, steps }, roofs)) console.log(line);
      }
    }
    // A device of its own: the trace makes wall-clock times longer.
    const untraced = await createWebGpuBackend({ exact: createCpuBackend(), gpu });
    const epochs = {
      name: `${sizes.epochs} epochs, ${defaultSolver.solver}`,
      // From the same start each time: rows that have nearly converged take fewer steps.
      run: async () => {
        const whole = await untraced.openTraining(problem, defaultSolver);
        await whole.loss();
        const started = performance.now();
        for (let epoch = 0; epoch < sizes.epochs; epoch++) for (const side of sides) await whole.solve(side);
        await whole.factors();
        const elapsedMs = performance.now() - started;
        whole.dispose();
        return { elapsedMs };
      },
    };
    console.log(`\nWhole training, k = ${factors}, with the read-back of the factors, wall clock`);
    for (const line of describeMeasurements(await measure([epochs], { rounds: sizes.rounds }))) console.log(line);
    untraced.dispose();
  }
  return problemOfFactors(sizes.factors[0]!);
}

async function benchServing({ sizes, trace, backend, roofs }: Bench): Promise<void> {
  const { itemCount } = sizes;
  const random = Xoshiro128.fromSeed(2);
  const biases = new Float32Array(itemCount);
  const table = await backend.openItemTable({
    factors: servingFactors,
    rowCount: itemCount,
    itemFactors: random.normals(itemCount * servingFactors, 0.1),
    biases,
    unobservedWeight: presenceSettings.unobservedWeight,
  });
  const base = {
    factors: servingFactors,
    entryBytes: 12,
    columnCount: itemCount,
    solver: 'cg',
    steps: 0,
  } as const;
  for (const queryCount of sizes.batches) {
    const queries = random.normals(queryCount * servingFactors, 0.1);
    const rounds = await traced(trace, sizes.rounds, () => table.topK(queries, { k: listLength, similarity: 'dot' }));
    console.log(`\nTop ${listLength} of ${itemCount} × ${servingFactors}, batch ${queryCount}`);
    const shape: WorkShape = { ...base, rowCount: 0, entryCount: 0, queryCount };
    for (const line of describeStages(rounds, shape, roofs)) console.log(line);
  }
  for (const queryCount of [1, sizes.batches.at(-1)!]) {
    const histories = Array.from({ length: queryCount }, () => {
      const itemRows = new Set<number>();
      while (itemRows.size < historyLength) itemRows.add(random.nextBelow(itemCount));
      return [...itemRows].map((itemRow) => ({ itemRow, strength: 1, stars: null }));
    });
    const { equations } = foldInEquations(histories, {
      settings: presenceSettings,
      weights: null,
      itemCount,
      globalMean: 0,
      itemBiases: biases,
    });
    const rounds = await traced(trace, sizes.rounds, () => table.foldInTopK(equations, { k: listLength }));
    console.log(
      `\nFold-in of ${queryCount} × ${historyLength} items and top ${listLength} of ${itemCount} × ${servingFactors}`,
    );
    const shape: WorkShape = { ...base, rowCount: queryCount, entryCount: queryCount * historyLength, queryCount };
    for (const line of describeStages(rounds, shape, roofs)) console.log(line);
  }
  table.dispose();
}

/** The kernels of `rounds` calls; one before them compiles and is not counted. */
async function traced(trace: DispatchTrace, rounds: number, run: () => Promise<unknown>): Promise<KernelTime[][]> {
  const kernels: KernelTime[][] = [];
  for (let round = -1; round < rounds; round++) {
    await trace.take();
    await run();
    const times = await trace.take();
    if (round >= 0) kernels.push(times);
  }
  return kernels;
}

function gigas(rate: number): string {
  return (rate / 1e9).toFixed(1);
}
