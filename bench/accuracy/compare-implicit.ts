import { evaluateCommandLine } from '../../src/cli/evaluate/evaluate-command-line.ts';
import { numberArgument, parseArguments } from '../../src/cli/arguments.ts';
import { type DataArguments, dataOptions, parseDataArguments } from '../../src/cli/read/data-arguments.ts';
import { defaultFit, type FitSettings } from '../../src/cli/train/fit-arguments.ts';
import { readHoldOut, readTuningHoldOut } from '../../src/cli/evaluate/evaluation-data.ts';
import { tune } from '../../src/cli/tune/tune-command.ts';
import type { Backend } from '../../src/backends/backend.ts';
import { createCpuBackend } from '../../src/backends/cpu/cpu-backend.ts';
import { evaluateHoldOut, type HoldOut } from '../../src/evaluation/hold-out.ts';
import { metricNamed, MetricSums } from '../../src/evaluation/metrics.ts';
import { trainAls } from '../../src/evaluation/train-als.ts';
import type { CsrMatrix } from '../../src/data/csr-matrix.ts';
import { describeRun } from '../machine.ts';
import { implicitPython, implicitVersion, PeerMissingError } from '../peers/implicit/implicit-program.ts';
import { type GridPoint, type ImplicitLists, ImplicitRecommender } from './implicit-lists.ts';

const places = 20;
const metric = metricNamed(`ndcg@${places}`);

/** Grids for both programs. Many best points lie on the border of 50 (docs/evaluation.md). */
const defaults = {
  shares: '0.5,0.6,0.7,0.8,0.9',
  factors: '16,32,64,128',
  weights: '2,5,15,50',
  regularizations: '0.1,1,10,50',
  seeds: '1,2,3',
  iterations: '15',
};

/** Measures one point on the part held out. */
type Measure = (part: HoldOut, point: GridPoint, seed: number) => Promise<MetricSums>;

/**
 * `npm run bench -- accuracy --train=FILE [--format=movielens] [--shares=.5,.8] …`: NDCG@20 of implicit's ALS and of
 * ours, tuned over one grid, on splits in time. For each share of the interactions training is what comes before, the
 * test what comes after. Every contender is tuned on the last fifth of the training part alone, then trained on all of
 * it with each of the seeds and measured on the test part. Both programs' lists are measured by the same code, which
 * refuses a list with a training item in it; users without training are left out, test items without training count.
 */
export async function compareWithImplicit(flags: readonly string[]): Promise<void> {
  const { values } = parseArguments([...flags], {
    ...dataOptions,
    shares: { type: 'string', default: defaults.shares },
    factors: { type: 'string', default: defaults.factors },
    weights: { type: 'string', default: defaults.weights },
    regularizations: { type: 'string', default: defaults.regularizations },
    seeds: { type: 'string', default: defaults.seeds },
    iterations: { type: 'string', default: defaults.iterations },
  });
  const numbers = (name: 'factors' | 'weights' | 'regularizations' | 'seeds' | 'shares', integer = false): number[] =>
    values[name].split(',').map((text) => numberArgument(name, { text, low: 0, high: 1e6, integer }));
  const [factors, seeds, shares] = [numbers('factors', true), numbers('seeds', true), numbers('shares')];
  const grid = factors.flatMap((count) =>
    numbers('weights').flatMap((alpha) =>
      numbers('regularizations').map((regularization): GridPoint => ({ factors: count, alpha, regularization })),
    ),
  );
  const iterations = numberArgument('iterations', { text: values.iterations, low: 1, high: 1000, integer: true });

  console.log(describeRun(['npm run bench -- accuracy', ...flags].join(' ')));
  let python: string;
  try {
    python = await implicitPython();
  } catch (error) {
    if (!(error instanceof PeerMissingError)) throw error;
    console.log(`implicit: skipped, ${error.message}`);
    return;
  }
  console.log(
    `implicit ${implicitVersion}, ${grid.length} points, ${iterations} iterations, seeds ${seeds.join(', ')}`,
  );
  const peer = await ImplicitRecommender.open(python);
  const backend = createCpuBackend();
  try {
    const contenders = contendersOf({ peer, backend, iterations });
    const totals = new Map<string, MetricSums[]>();
    const add = (name: string, share: number, found: { where: string; sums: readonly MetricSums[] }): void => {
      const bySeed = totals.get(name) ?? seeds.map(() => new MetricSums([metric]));
      for (const [index, sums] of found.sums.entries()) bySeed[index]!.addAll(sums);
      totals.set(name, bySeed);
      console.log(`  ${share}  ${name.padEnd(28)} ${describe(found.sums)}  ${found.where}`);
    };
    for (const share of shares) {
      const data = parseDataArguments(
        { ...values, 'split-time': String(share) },
        { needsTest: true, defaultFolder: '' },
      );
      const [inner, outer] = [await readTuningHoldOut(data), await readHoldOut(data)];
      for (const [name, measure] of Object.entries(contenders)) {
        const { best, score } = await bestPoint(grid, (point) => measure(inner, point, seeds[0]!));
        const sums: MetricSums[] = [];
        for (const seed of seeds) sums.push(await measure(outer, best, seed));
        const point = `factors ${best.factors}, weight ${best.alpha}, λ ${best.regularization}`;
        add(name, share, { where: `${point} (held out ${score.toFixed(4)})`, sums });
      }
      const { settings, score } = await tuned(data, { factors, iterations, seed: seeds[0]! });
      const sums: MetricSums[] = [];
      for (const seed of seeds) {
        const train = (training: CsrMatrix) => trainAls(training, { ...settings, seed, backend });
        sums.push((await evaluateHoldOut(outer, { metrics: [metric], train })).sums);
      }
      const command = evaluateCommandLine({ data, settings, fold: null, metric: metric.name, backend: 'cpu' });
      add('pocketrec tune', share, {
        where: `${command.slice(command.indexOf('--factors'))} (held out ${score.toFixed(4)})`,
        sums,
      });
    }
    console.log(`\n${metric.name} over the users of all shares, mean of the seeds (lowest–highest)`);
    for (const [name, bySeed] of totals) console.log(`  ${name.padEnd(28)} ${describe(bySeed)}`);
  } finally {
    backend.dispose();
    await peer.close();
  }
}

function contendersOf({
  peer,
  backend,
  iterations,
}: {
  readonly peer: ImplicitRecommender;
  readonly backend: Backend;
  readonly iterations: number;
}): Readonly<Record<string, Measure>> {
  const implicit =
    (which: keyof ImplicitLists): Measure =>
    async (part, point, seed) => {
      const { sums } = await evaluateHoldOut(part, {
        metrics: [metric],
        train: async (training, users) =>
          (await peer.lists({ training, users, point, iterations, seed, places }))[which],
      });
      return sums;
    };
  return {
    implicit: implicit('trained'),
    'implicit, recalculate_user': implicit('folded'),
    'pocketrec, same grid': async (part, { factors, alpha, regularization }, seed) => {
      // implicit's confidence on observed cells is alpha; Hu, Koren and Volinsky write the same as 1 + α.
      const settings = { alpha: alpha - 1, factors, regularization, exponent: 0, epochs: iterations, seed };
      const { sums } = await evaluateHoldOut(part, {
        metrics: [metric],
        train: (training) => trainAls(training, { ...settings, backend }),
      });
      return sums;
    },
  };
}

/** The point with the highest mean; the earlier one of two that are equal. */
async function bestPoint(
  grid: readonly GridPoint[],
  measure: (point: GridPoint) => Promise<MetricSums>,
): Promise<{ readonly best: GridPoint; readonly score: number }> {
  let best = grid[0]!;
  let score = -1;
  for (const point of grid) {
    const mean = meanOf(await measure(point));
    if (mean > score) [best, score] = [point, mean];
  }
  return { best, score };
}

/** What the program's own search finds. */
async function tuned(
  data: DataArguments,
  {
    factors,
    iterations,
    seed,
  }: { readonly factors: readonly number[]; readonly iterations: number; readonly seed: number },
): Promise<{ readonly settings: FitSettings; readonly score: number }> {
  const { tuned: found } = await tune({
    data,
    base: { ...defaultFit, epochs: iterations, seed },
    metric,
    factors,
    exponents: [1],
    trials: 27,
    maximumUsers: 5000,
    innerFolds: null,
    isPlain: false,
    backend: 'cpu',
  });
  return found[0]!;
}

function meanOf(sums: MetricSums): number {
  return sums.means()[metric.name]!;
}

function describe(bySeed: readonly MetricSums[]): string {
  const means = bySeed.map(meanOf);
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  const range = `${Math.min(...means).toFixed(4)}–${Math.max(...means).toFixed(4)}`;
  return `${mean.toFixed(4)} (${range}, ${bySeed[0]!.listCount} users)`;
}
