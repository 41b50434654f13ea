import type { AlsProblem, Backend, SolveOptions } from '../src/backends/backend.ts';
import type { NamedBackend } from './backends.ts';
import { type Contender, describeMeasurements, type Measurement, measure, scaleTimes } from './measure.ts';
import { PlainAls } from './peers/plain/plain-als.ts';
import { lossAt } from './referee.ts';

/** A way to train: a back end with its solver. */
export interface Trainer {
  readonly name: string;
  readonly backend: Pick<Backend, 'openTraining'>;
  readonly options: SolveOptions;
}

/** The yardstick of every ratio: plain TypeScript, CG-3, one thread. */
export const yardstick: Trainer = {
  name: 'plain TypeScript, 1 thread, cg 3',
  backend: { openTraining: (problem, { cgSteps }) => Promise.resolve(new PlainAls(problem, cgSteps)) },
  options: { solver: 'cg', cgSteps: 3 },
};

/** The iterative solvers with their steps; the exact one is the referee of tests, and several times slower. */
export const timedSolvers: readonly SolveOptions[] = [
  { solver: 'auto', cgSteps: 3 },
  { solver: 'cg', cgSteps: 3 },
  { solver: 'ew-pcg', cgSteps: 2 },
];

/** A back end with each of `solvers`. */
export function trainersOf({ name, backend }: NamedBackend, solvers = timedSolvers): Trainer[] {
  return solvers.map((options) => ({ name: `${name}, ${options.solver} ${options.cgSteps}`, backend, options }));
}

/** Epochs that are timed at most: all cost the same work, so a few tell the time of many. */
const mostTimedEpochs = 3;

/** Epochs after which a trainer that has not reached the target is given up. */
const mostEpochs = 40;

/**
 * Epochs, as a fraction, until the loss has fallen to `target`: straight lines between the ends of epochs. The loss of
 * ALS falls less and less, so the line lies above it and the answer is never too early. Null: not reached.
 *
 * @param losses at the start and after each epoch
 */
export function epochsToLoss(losses: readonly number[], target: number): number | null {
  for (const [epoch, loss] of losses.entries()) {
    if (loss > target) continue;
    if (epoch === 0) return 0;
    const before = losses[epoch - 1]!;
    return epoch - 1 + (before - target) / (before - loss);
  }
  return null;
}

/** The referee's losses at the start and after each epoch, until `isEnough`. */
export async function lossCurve(
  problem: AlsProblem,
  { backend, options }: Trainer,
  isEnough: (losses: readonly number[]) => boolean,
): Promise<number[]> {
  const training = await backend.openTraining(problem, options);
  const losses = [lossAt(problem, problem)];
  try {
    while (!isEnough(losses)) {
      await training.solve('users');
      await training.solve('items');
      losses.push(lossAt(problem, await training.factors()));
    }
    return losses;
  } finally {
    training.dispose();
  }
}

/** One trainer's way to a target. */
export interface TimeToLoss {
  /** Null: the target was not reached in 40 epochs. */
  readonly epochs: number | null;
  /** Times until the target, in milliseconds; none where it was not reached. */
  readonly measurement: Measurement;
}

/**
 * Times until each trainer's objective has fallen to `target`, from the same start. The epochs are counted in a run of
 * their own; the timed runs compute no loss and end with the factors in the caller's hands. Opening (upload, shaders)
 * is not counted. `others` are timed in the same turns.
 */
export async function timesToLoss(
  problem: AlsProblem,
  trainers: readonly Trainer[],
  options: { readonly target: number; readonly rounds: number; readonly others?: readonly Contender[] },
): Promise<{ readonly trainers: TimeToLoss[]; readonly others: Measurement[] }> {
  const { target, rounds, others = [] } = options;
  const epochs: (number | null)[] = [];
  for (const trainer of trainers) {
    const losses = await lossCurve(problem, trainer, (soFar) => soFar.at(-1)! <= target || soFar.length > mostEpochs);
    epochs.push(epochsToLoss(losses, target));
  }
  const timedEpochs = epochs.map((count) => Math.max(1, Math.min(mostTimedEpochs, Math.ceil(count ?? 0))));
  const contenders = trainers.flatMap((trainer, index) =>
    epochs[index] === null ? [] : { name: trainer.name, run: () => timeEpochs(problem, trainer, timedEpochs[index]!) },
  );
  const measurements = await measure([...contenders, ...others], { rounds });
  return {
    trainers: trainers.map(({ name }, index) => {
      const count = epochs[index]!;
      if (count === null) return { epochs: null, measurement: { name, times: [] } };
      return { epochs: count, measurement: scaleTimes(measurements.shift()!, count / timedEpochs[index]!) };
    }),
    others: measurements,
  };
}

async function timeEpochs(
  problem: AlsProblem,
  { backend, options }: Trainer,
  epochCount: number,
): Promise<{ readonly elapsedMs: number }> {
  const training = await backend.openTraining(problem, options);
  await training.loss(); // by now the uploads have arrived and the kernels are compiled
  const started = performance.now();
  for (let epoch = 0; epoch < epochCount; epoch++) {
    await training.solve('users');
    await training.solve('items');
  }
  await training.factors(); // a GPU has only now done it all
  const elapsedMs = performance.now() - started;
  training.dispose();
  return { elapsedMs };
}

/** Lines on times to a target, as multiples of the first contender's speed. */
export function describeTimesToLoss(results: readonly TimeToLoss[], others: readonly Measurement[] = []): string[] {
  const named = [
    ...others,
    ...results.map(({ epochs, measurement: { name, times } }) => ({
      name: epochs === null ? name : `${name}: ${epochs.toFixed(1)} epochs`,
      times,
    })),
  ];
  const missed = named
    .filter(({ times }) => times.length === 0)
    .map(({ name }) => `  ${name}: not reached in ${mostEpochs} epochs`);
  return [...describeMeasurements(named.filter(({ times }) => times.length > 0)), ...missed];
}
