import type { AlsProblem, Backend, BackendKind, TrainingRun } from '../backends/backend.ts';
import { DeviceLostError, GpuLimitError, InvalidDataError, RecommenderError, messageOf } from '../errors.ts';
import { CsrMatrix } from '../data/csr-matrix.ts';
import { IdIndex } from '../data/id-index.ts';
import type { Preference } from '../history/preferences.ts';
import { createCpuBackend } from '../backends/cpu/cpu-backend.ts';
import { isLost, orLost } from '../backends/device-loss.ts';
import { FactorModel } from './factor-model.ts';
import { type FitOptions, type ResolvedFitOptions, resolveFitOptions } from './fit-options.ts';
import { historyOf } from './model-history.ts';
import { Xoshiro128 } from './random.ts';
import type { Interactions } from '../data/interactions.ts';
import { trainingEquations, type Biases } from './row-equations.ts';

/** One finished epoch; the model is usable when it arrives. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** How many epochs the whole fit has. */
  readonly epochs: number;
  /** The objective after the epoch; null only where the caller asked not to compute it. */
  readonly loss: number;
  /** Milliseconds of this epoch. */
  readonly elapsedMs: number;
  /** Where this epoch was computed. */
  readonly backend: BackendKind;
  /** Set when the run had to move during this epoch, e.g. `GPU device lost; continued on the CPU`. */
  readonly notice: string | null;
}

/** Where and how long a training run computes. */
export interface TrainOptions {
  readonly backend: Backend;
  /** Opens a new device after a loss; asked at most once a run. Without it, or if it fails, the CPU goes on. */
  readonly reopen?: ((lost: Backend, reason: string) => Promise<Backend>) | undefined;
  /** Aborting rejects with its reason; the model of the last finished epoch stays. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains by alternating least squares. The trainer is not the model: after each epoch `model` is a new, finished
 * `FactorModel`, made from a copy of the factors on the host, which is also where a run goes on after a lost device.
 */
export class AlsTrainer {
  readonly options: ResolvedFitOptions;
  readonly #items: IdIndex;
  readonly #problem: AlsProblem;
  readonly #biases: Biases;
  readonly #itemCounts: Uint32Array;
  readonly #includesHistory: boolean;
  #checkpoint: { userFactors: Float32Array; itemFactors: Float32Array };
  #epochsDone = 0;
  /** The model after the last finished epoch; null before the first. */
  model: FactorModel | null = null;

  /**
   * @param interactions the training data
   * @param options `FitOptions`, and `history`: the visitor's preferences as one more user row, weighed as fold-in
   *   weighs them
   * @throws {InvalidOptionError} an option out of range
   * @throws {InvalidDataError} rows outside the counts, ids empty or twice, values that are not numbers, or nothing
   *   to train on
   */
  constructor(
    interactions: Interactions,
    options: FitOptions & { readonly history?: readonly Preference[] | undefined } = {},
  ) {
    this.options = resolveFitOptions(options);
    const { settings, factors, seed } = this.options;
    this.#items = new IdIndex(interactions.itemIds);
    const history = historyOf(options.history ?? [], this.#items).entries.flatMap(({ itemRow, strength, stars }) => {
      const value = settings.objective === 'explicit' ? stars : strength === 0 ? null : strength;
      return value === null ? [] : [{ itemRow, value }];
    });
    this.#includesHistory = history.length > 0;
    const matrix = matrixOf(interactions, history);
    const { users, items, constantLoss, biases } = trainingEquations(matrix, settings, {
      historyRow: this.#includesHistory ? interactions.userCount : null,
    });
    if (users.columns.length === 0) {
      throw new InvalidDataError(
        `There is nothing to train on: ${interactions.users.length} interactions, none of which says anything ` +
          '(strength 0, or none at all). Give at least one.',
      );
    }
    this.#biases = biases;
    this.#itemCounts = popularityOf(interactions, settings.objective === 'explicit' ? 'presence' : settings.feedback);
    const random = Xoshiro128.fromSeed(seed);
    // N(0, 0.1 / √k), as Rendle et al. 2022 start.
    const deviation = 0.1 / Math.sqrt(factors);
    const userFactors = random.normals(users.rowCount * factors, deviation);
    const itemFactors = random.normals(items.rowCount * factors, deviation);
    this.#problem = {
      factors,
      unobservedWeight: settings.unobservedWeight,
      users,
      items,
      constantLoss,
      userFactors,
      itemFactors,
    };
    this.#checkpoint = { userFactors, itemFactors };
  }

  /** The user factors after the last finished epoch, `userCount × rank`, for evaluation. */
  get userFactors(): Float32Array {
    return this.#checkpoint.userFactors;
  }

  /**
   * Trains the epochs that are left, one report each; `model` is usable when a report arrives. A lost device, or a
   * GPU that answers with numbers that are not finite, repeats the epoch elsewhere from the last finished one: the
   * report's `notice` says so, and the answer is the same.
   */
  async *run(options: TrainOptions): AsyncGenerator<EpochReport, void, undefined> {
    const { signal } = options;
    signal?.throwIfAborted();
    let stage = new Stage(options.backend);
    let mayReopen = options.reopen !== undefined;
    try {
      while (this.#epochsDone < this.options.epochs) {
        const started = performance.now();
        let notice: string | null = null;
        let loss: number | null = null;
        while (loss === null) {
          try {
            loss = await this.#epoch(stage, signal);
          } catch (error) {
            const failure = await stage.failure(error);
            if (failure === null) throw error;
            stage.close();
            let moved = 'continued on the CPU';
            let next: Backend | null = null;
            if (failure === 'lost' && mayReopen) {
              mayReopen = false;
              next = await options.reopen!(stage.backend, messageOf(error)).catch(() => null);
              if (next !== null) moved = 'continued on a new device';
            }
            stage = new Stage(next ?? createCpuBackend());
            const reason = failures[failure](messageOf(error).replace(/\.$/u, ''));
            notice = `${reason}; ${moved} from epoch ${this.#epochsDone}.`;
          }
        }
        yield {
          epoch: this.#epochsDone,
          epochs: this.options.epochs,
          loss,
          elapsedMs: performance.now() - started,
          backend: stage.backend.info.kind,
          notice,
        };
      }
    } finally {
      stage.close();
    }
  }

  async #epoch(stage: Stage, signal: AbortSignal | undefined): Promise<number> {
    const problem = { ...this.#problem, ...this.#checkpoint };
    const run = await stage.open(problem, this.options.solve);
    signal?.throwIfAborted();
    await stage.orLost(run.solve('users'));
    signal?.throwIfAborted();
    await stage.orLost(run.solve('items'));
    signal?.throwIfAborted();
    const loss = await stage.orLost(run.loss());
    const factors = await stage.orLost(run.factors());
    signal?.throwIfAborted();
    if (!Number.isFinite(loss) || !allFinite(factors.userFactors) || !allFinite(factors.itemFactors)) {
      throw new DivergedError(
        `Training left the range of numbers in epoch ${this.#epochsDone + 1} (loss ${loss}). ` +
          'Raise regularization, or use the cholesky solver.',
      );
    }
    this.#checkpoint = factors;
    this.#epochsDone++;
    this.model = this.#modelOf(factors.itemFactors);
    return loss;
  }

  #modelOf(itemFactors: Float32Array): FactorModel {
    const { settings, factors, seed, name } = this.options;
    return new FactorModel({
      items: this.#items,
      factors,
      itemFactors,
      itemBiases: this.#biases.itemBiases,
      globalMean: this.#biases.globalMean,
      settings,
      itemCounts: this.#itemCounts,
      userCount: this.#problem.users.rowCount,
      name,
      seed,
      epochs: this.#epochsDone,
      includesHistory: this.#includesHistory,
    });
  }
}

/** Numbers that are not finite: too little regularization, or a GPU that computes wrongly. */
class DivergedError extends RecommenderError {}

/** What can be got over by going elsewhere, with what a report says of it. */
const failures = {
  lost: (detail: string) => `GPU device lost (${detail})`,
  limit: (detail: string) => `The training does not fit the GPU (${detail})`,
  diverged: () => 'The GPU answered with numbers that are not finite',
};

type Failure = keyof typeof failures;

/** One back end in the course of a training run, with the run that is open on it. */
class Stage {
  readonly backend: Backend;
  #run: TrainingRun | null = null;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** The open run, or a new one that starts at `problem`'s factors. */
  async open(problem: AlsProblem, options: ResolvedFitOptions['solve']): Promise<TrainingRun> {
    this.#run ??= await this.orLost(this.backend.openTraining(problem, options));
    return this.#run;
  }

  orLost<Result>(work: Promise<Result>): Promise<Result> {
    return orLost(this.backend, work);
  }

  /** What kind of failure can be got over by going elsewhere; null for any other error. */
  async failure(error: unknown): Promise<Failure | null> {
    if (this.backend.info.kind === 'cpu') return null;
    if (error instanceof DeviceLostError) return 'lost';
    if (error instanceof GpuLimitError) return 'limit';
    if (error instanceof DivergedError) return 'diverged';
    // A rejected mapping may be heard before the loss that caused it.
    await new Promise((resolve) => setTimeout(resolve, 0));
    return isLost(this.backend) ? 'lost' : null;
  }

  close(): void {
    this.#run?.dispose();
    this.#run = null;
  }
}

function allFinite(numbers: Float32Array): boolean {
  // A sum is finite only where every term is: NaN and ∞ survive addition.
  let sum = 0;
  for (const number of numbers) sum += Math.abs(number);
  return Number.isFinite(sum);
}

function matrixOf(
  interactions: Interactions,
  history: readonly { readonly itemRow: number; readonly value: number }[],
): CsrMatrix {
  const { userCount, itemIds, users, items, values } = interactions;
  if (!Number.isInteger(userCount) || userCount < 0) {
    throw new InvalidDataError(`userCount must be an integer of 0 or more, got ${userCount}.`);
  }
  const matrix = CsrMatrix.fromTriplets({
    rowCount: userCount,
    columnCount: itemIds.length,
    rows: users,
    columns: items,
    values,
  });
  if (history.length === 0) return matrix;
  const entries = [...history].sort((left, right) => left.itemRow - right.itemRow);
  return matrix.withRow(
    entries.map(({ itemRow }) => itemRow),
    entries.map(({ value }) => value),
  );
}

/** How many interactions of each item are not dislikes. The visitor's own history is not counted. */
function popularityOf(interactions: Interactions, feedback: 'presence' | 'strength' | 'stars'): Uint32Array {
  const counts = new Uint32Array(interactions.itemIds.length);
  const least = feedback === 'presence' ? -Infinity : feedback === 'strength' ? 0 : 2.5;
  for (const [entry, item] of interactions.items.entries()) {
    if (interactions.values[entry]! > least) counts[item]!++;
  }
  return counts;
}
