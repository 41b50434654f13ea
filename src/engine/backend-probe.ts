import { CsrMatrix } from '../data/csr-matrix.ts';
import type { AlsProblem, Backend, ItemSide, SolveOptions, TopK, TrainingRun } from '../backends/backend.ts';
import { emptyMask, isMasked, setBit } from '../backends/item-mask.ts';
import { Xoshiro128 } from '../model/random.ts';
import { trainingEquations, type ObjectiveSettings } from '../model/row-equations.ts';

/**
 * How far results may differ after two epochs, float32 sums against double ones: some hundred rounding errors of 6e-8
 * times condition numbers of about 100. A faulty kernel differs by far more.
 */
const parityTolerance = 2e-3;
/**
 * The factors of every problem. Another number would compile other pipelines, which takes seconds on a software
 * adapter.
 */
const factors = 32;
/** Timed runs after one warm-up run; their median counts. */
const timedRuns = 3;
/**
 * If the GPU's first timed run takes more than this many times the CPU's median, more runs would not change the choice.
 */
const hopeless = 5;

/** A solver whose factors can be compared, because it does not rotate them into another basis. */
const comparable: SolveOptions = { solver: 'cg', cgSteps: 3 };
/** The default solver; only its loss can be compared. */
const usual: SolveOptions = { solver: 'auto', cgSteps: 3 };

const settings: ObjectiveSettings = {
  objective: 'implicit',
  feedback: 'presence',
  alpha: null,
  unobservedWeight: 0.3,
  regularization: 0.005,
  exponent: 1,
};

/**
 * Runs one small fixed problem on both back ends: two epochs of training, then fold-in and top-k of every user.
 *
 * @returns null if they agree, otherwise what differs, in words
 */
export async function findParityFault(cpu: Backend, gpu: Backend): Promise<string | null> {
  const problem = syntheticProblem({ userCount: 60, itemCount: 130, perUser: 9 });
  const onCpu = await trainTwoEpochs(cpu, problem, comparable);
  const onGpu = await trainTwoEpochs(gpu, problem, comparable);
  const usualOnCpu = await trainTwoEpochs(cpu, problem, usual);
  const usualOnGpu = await trainTwoEpochs(gpu, problem, usual);
  const factorFault =
    largestDifference('user factors', onCpu.userFactors, onGpu.userFactors) ??
    largestDifference('item factors', onCpu.itemFactors, onGpu.itemFactors) ??
    largestDifference('loss', [1, 1], [onGpu.loss / onCpu.loss, usualOnGpu.loss / usualOnCpu.loss]);
  if (factorFault !== null) return factorFault;

  const table = tableOf({ ...problem, itemFactors: onCpu.itemFactors });
  // Some masked items, also on both sides of a word's end.
  const mask = emptyMask(table.rowCount);
  for (const row of [3, 31, 32, 77, 129]) setBit(mask, row);
  const cpuTable = await cpu.openItemTable(table);
  const gpuTable = await gpu.openItemTable(table);
  try {
    const wanted = await cpuTable.foldInTopK(problem.users, { k: 10, mask });
    const found = await gpuTable.foldInTopK(problem.users, { k: 10, mask });
    return (
      largestDifference('folded-in rows', wanted.factors, found.factors) ??
      topKFault(wanted.topK, found.topK, { queries: wanted.factors, table, mask })
    );
  } finally {
    cpuTable.dispose();
    gpuTable.dispose();
  }
}

/** The median milliseconds of one request and of one epoch on each back end, for fixed synthetic data. */
export async function timeBackends(
  cpu: Backend,
  gpu: Backend,
): Promise<Record<'serve' | 'train', { cpuMs: number; gpuMs: number }>> {
  const training = syntheticProblem({ userCount: 300, itemCount: 1500, perUser: 60 });
  const serving = syntheticProblem({ userCount: 1, itemCount: 8192, perUser: 24 });
  const serveCpu = await timeServing(cpu, serving, null);
  const serveGpu = await timeServing(gpu, serving, serveCpu);
  const trainCpu = await timeTraining(cpu, training, null);
  const trainGpu = await timeTraining(gpu, training, trainCpu);
  return { serve: { cpuMs: serveCpu, gpuMs: serveGpu }, train: { cpuMs: trainCpu, gpuMs: trainGpu } };
}

async function timeServing(backend: Backend, problem: AlsProblem, rivalMs: number | null): Promise<number> {
  const table = await backend.openItemTable(tableOf(problem));
  try {
    return await medianMs(() => table.foldInTopK(problem.users, { k: 20 }), rivalMs);
  } finally {
    table.dispose();
  }
}

function timeTraining(backend: Backend, problem: AlsProblem, rivalMs: number | null): Promise<number> {
  return withTraining(backend, { problem, solve: usual }, (run) =>
    medianMs(async () => {
      await run.solve('users');
      await run.solve('items');
      await run.loss();
    }, rivalMs),
  );
}

async function medianMs(work: () => Promise<unknown>, rivalMs: number | null): Promise<number> {
  await work();
  const times: number[] = [];
  for (let run = 0; run < timedRuns; run++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
    if (rivalMs !== null && times[0]! > hopeless * rivalMs) break;
  }
  times.sort((left, right) => left - right);
  return times[times.length >> 1]!;
}

function trainTwoEpochs(
  backend: Backend,
  problem: AlsProblem,
  solve: SolveOptions,
): Promise<{ userFactors: Float32Array; itemFactors: Float32Array; loss: number }> {
  return withTraining(backend, { problem, solve }, async (run) => {
    for (const side of ['users', 'items', 'users', 'items'] as const) await run.solve(side);
    return { ...(await run.factors()), loss: await run.loss() };
  });
}

async function withTraining<Result>(
  backend: Backend,
  { problem, solve }: { readonly problem: AlsProblem; readonly solve: SolveOptions },
  work: (run: TrainingRun) => Promise<Result>,
): Promise<Result> {
  const run = await backend.openTraining(problem, solve);
  try {
    return await work(run);
  } finally {
    run.dispose();
  }
}

function tableOf({ factors: factorCount, items, itemFactors, unobservedWeight }: AlsProblem): ItemSide {
  const { rowCount } = items;
  return {
    factors: factorCount,
    rowCount,
    itemFactors,
    biases: new Float32Array(rowCount),
    unobservedWeight,
  };
}

/** A seeded problem with items of very different popularity. */
function syntheticProblem(shape: { userCount: number; itemCount: number; perUser: number }): AlsProblem {
  const { userCount, itemCount, perUser } = shape;
  const random = Xoshiro128.fromSeed(20_220_918);
  const entries = Array.from({ length: userCount * perUser }, (_, entry) => ({
    user: Math.floor(entry / perUser),
    // The square makes low rows more frequent, as popular items are.
    item: Math.floor(itemCount * (random.nextUint32() / 2 ** 32) ** 2),
  }));
  const matrix = CsrMatrix.fromTriplets({
    rowCount: userCount,
    columnCount: itemCount,
    rows: Uint32Array.from(entries, ({ user }) => user),
    columns: Uint32Array.from(entries, ({ item }) => item),
    values: new Float32Array(entries.length).fill(1),
  });
  const { users, items, constantLoss } = trainingEquations(matrix, settings);
  const deviation = 1 / Math.sqrt(factors);
  return {
    factors,
    unobservedWeight: settings.unobservedWeight,
    users,
    items,
    constantLoss,
    userFactors: random.normals(userCount * factors, deviation),
    itemFactors: random.normals(itemCount * factors, deviation),
  };
}

function largestDifference(what: string, wanted: ArrayLike<number>, found: ArrayLike<number>): string | null {
  if (wanted.length !== found.length) return `${what}: ${found.length} numbers where ${wanted.length} were expected`;
  for (let place = 0; place < wanted.length; place++) {
    const allowed = parityTolerance * (1 + Math.abs(wanted[place]!));
    // Written so that NaN counts as a difference.
    if (!(Math.abs(wanted[place]! - found[place]!) <= allowed)) {
      return `${what}: ${found[place]} at place ${place}, where the CPU has ${wanted[place]}`;
    }
  }
  return null;
}

/** Compares lists; rows may differ only if their scores are equal within the tolerance. */
function topKFault(
  wanted: TopK,
  found: TopK,
  against: { readonly queries: Float32Array; readonly table: ItemSide; readonly mask: Uint32Array },
): string | null {
  const { queries, table, mask } = against;
  const { itemFactors } = table;
  const scoreOf = (query: number, item: number): number => {
    const x = queries.subarray(query * factors, (query + 1) * factors);
    return x.reduce((sum, value, i) => sum + value * itemFactors[item * factors + i]!, 0);
  };
  for (const [query, count] of wanted.counts.entries()) {
    if (found.counts[query] !== count)
      return `list ${query}: ${found.counts[query]} places where ${count} were expected`;
    const rows = new Set<number>();
    for (let place = query * wanted.k; place < query * wanted.k + count; place++) {
      const row = found.rows[place]!;
      const difference = Math.abs(scoreOf(query, row) - wanted.scores[place]!);
      if (isMasked(mask, row) || rows.has(row) || !(difference <= parityTolerance)) {
        return `list ${query}: item row ${row} where the CPU has ${wanted.rows[place]}`;
      }
      rows.add(row);
    }
  }
  return null;
}
