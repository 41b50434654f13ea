import type { AlsProblem, BackendKind } from '../backends/backend.ts';
import { InvalidDataError } from '../errors.ts';
import type { CsrMatrix } from '../data/csr-matrix.ts';
import { IdIndex } from '../data/id-index.ts';
import type { Preference } from '../history/preferences.ts';
import { FactorModel, type ModelSummary } from './factor-model.ts';
import { type FitOptions, type ResolvedFitOptions, resolveFitOptions } from './fit-options.ts';
import { InteractionWeights } from './interaction-weights.ts';
import { historyOf } from './model-history.ts';
import { Xoshiro128 } from './random.ts';
import { trainingEquations, type Biases } from './row-equations.ts';
import { type Checkpoint, DivergedError, type TrainOptions, TrainingStage } from './training-stage.ts';

/** A finished epoch, whose model is available when the report arrives. */
export interface EpochReport {
  /** The number of the epoch, from 1. */
  readonly epoch: number;
  /** The number of epochs of the whole fit. */
  readonly epochs: number;
  /**
   * The objective after the epoch: the weighted squared error over all cells, including unobserved ones, plus the
   * regularization (docs/architecture.md, One row equation).
   */
  readonly loss: number;
  /** Milliseconds of this epoch. */
  readonly elapsedMs: number;
  /** Where this epoch was computed. */
  readonly backend: BackendKind;
  /** Set if training moved to another device during this epoch, e.g. `GPU device lost; continued on the CPU`. */
  readonly notice: string | null;
}

/** Options of `AlsTrainer`, besides the training matrix. */
export interface TrainerOptions extends FitOptions {
  /** One id per column of the matrix. */
  readonly itemIds: readonly string[];
  /** The visitor's preferences. They become one more user row, weighted as in fold-in. */
  readonly history?: readonly Preference[] | undefined;
}

/**
 * Trains by alternating least squares. The trainer is not the model: `model()` makes an immutable `FactorModel` from
 * the factors after the last epoch. The factors stay on the back end until the model or a checkpoint needs them. From a
 * checkpoint, training continues after a lost device.
 */
export class AlsTrainer {
  readonly options: ResolvedFitOptions;
  readonly #items: IdIndex;
  readonly #problem: AlsProblem;
  readonly #biases: Biases;
  readonly #weights: InteractionWeights | null;
  readonly #itemCounts: Uint32Array;
  readonly #includesHistory: boolean;
  #checkpoint: Checkpoint;
  /** The time of the checkpoint, by `performance.now()`. */
  #checkpointTime = 0;
  /** The model of the checkpoint, made on demand; null before. */
  #model: FactorModel | null = null;
  #epochsDone = 0;
  /** The back end in use while `run` is in progress. */
  #stage: TrainingStage | null = null;
  /** The pending copy of factors to the host; null if there is none. */
  #bringing: Promise<void> | null = null;

  /**
   * @param matrix the training data, users × items
   * @throws {InvalidOptionError} an option is unknown or out of range
   * @throws {InvalidDataError} ids are empty, repeated, or not one per column; stars or strengths are out of range; or
   *   there is nothing to train on
   */
  constructor(matrix: CsrMatrix, { itemIds, history: preferences = [], ...fitOptions }: TrainerOptions) {
    this.options = resolveFitOptions(fitOptions);
    const { settings, factors, seed } = this.options;
    if (itemIds.length !== matrix.columnCount) {
      throw new InvalidDataError(`There are ${itemIds.length} item ids for ${matrix.columnCount} columns of items.`);
    }
    this.#items = new IdIndex(itemIds);
    const history = historyOf(preferences, this.#items).entries;
    this.#weights = this.options.weights === null ? null : InteractionWeights.of(matrix, this.options.weights);
    const { users, items, constantLoss, biases } = trainingEquations(matrix, settings, {
      history,
      weights: this.#weights,
    });
    this.#includesHistory = users.rowCount > matrix.rowCount;
    if (users.columns.length === 0) {
      throw new InvalidDataError(
        `There is nothing to train on: ${matrix.nonZeroCount} interactions, and none with a strength other than 0. ` +
          'Give at least one.',
      );
    }
    this.#biases = biases;
    this.#itemCounts = popularityOf(matrix, settings.objective === 'explicit' ? 'presence' : settings.feedback);
    const random = Xoshiro128.fromSeed(seed);
    // N(0, 0.1 / √k), as in Rendle et al. 2022.
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
    this.#checkpoint = { epoch: 0, userFactors, itemFactors };
  }

  /**
   * The summary of the model that `model()` would return, without reading factors; null before the first epoch ends.
   */
  get summary(): ModelSummary | null {
    const epochs = this.#stage?.isBetweenEpochs ? this.#stage.epoch : this.#checkpoint.epoch;
    return epochs === 0 ? null : { ...this.#modelOf(this.#checkpoint).summary, epochs };
  }

  /**
   * The model after the last finished epoch; null before the first. While an epoch is being computed, it is the last
   * one that was copied to the host, which is at most `checkpointMs` of training and one epoch older.
   */
  async model(): Promise<FactorModel | null> {
    // If the device is lost, `run` notices by itself and continues from the checkpoint.
    await this.#bringBack().catch(() => undefined);
    if (this.#checkpoint.epoch === 0) return null;
    return (this.#model ??= this.#modelOf(this.#checkpoint));
  }

  /**
   * Trains the remaining epochs and yields one report each; when a report arrives, `model()` is that epoch's model. If
   * the device is lost, or a GPU returns numbers that are not finite, training repeats the epochs after the checkpoint
   * on another back end: the report's `notice` says so. The result is the same, up to rounding if the CPU replaces a
   * GPU.
   *
   * @throws `signal.reason` when aborted. If the checkpoint is older than the last report, the current epoch is first
   *   finished and reported, so that the model is that of the last report. If the device is lost at that moment, the
   *   model is the checkpoint's
   * @throws {RecommenderError} the factors on the CPU are not finite; the checkpoint's model remains
   */
  async *run(options: TrainOptions): AsyncGenerator<EpochReport, void, undefined> {
    const { signal, checkpointMs = 1000 } = options;
    signal?.throwIfAborted();
    const stage = new TrainingStage(options);
    this.#stage = stage;
    this.#checkpointTime = performance.now();
    try {
      while (this.#epochsDone < this.options.epochs) {
        signal?.throwIfAborted();
        const started = performance.now();
        let notice: string | null = null;
        let loss: number | null = null;
        while (loss === null) {
          try {
            loss = await this.#epoch(stage, { signal, checkpointMs });
          } catch (error) {
            signal?.throwIfAborted();
            const moved = await stage.move(error);
            if (moved === null) throw error;
            notice = `${moved} from epoch ${this.#checkpoint.epoch}.`;
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
      // If the device is lost, the checkpoint remains.
      await this.#bringBack().catch(() => undefined);
      this.#stage = null;
      stage.close();
    }
  }

  /** Computes the next epoch; after a restart, first repeats the epochs since the checkpoint. Returns the loss. */
  async #epoch(
    stage: TrainingStage,
    { signal, checkpointMs }: { readonly signal: AbortSignal | undefined; readonly checkpointMs: number },
  ): Promise<number> {
    const throwIfAborted = (): void => {
      // While only the open run has the reported epochs, its current epoch is finished first, so that they are not
      // lost.
      const isWaitedFor = stage.epoch === this.#epochsDone && this.#checkpoint.epoch < this.#epochsDone;
      if (!isWaitedFor) signal?.throwIfAborted();
    };
    let loss: number;
    do {
      const run = await stage.open(this.#problem, this.#checkpoint, this.options.solve);
      throwIfAborted();
      // A pending copy takes several reads if it is large, and must copy the factors of one epoch: wait for its end.
      while (this.#bringing !== null) await this.#bringing;
      stage.isBetweenEpochs = false;
      await stage.orLost(run.solve('users'));
      throwIfAborted();
      await stage.orLost(run.solve('items'));
      throwIfAborted();
      loss = await stage.orLost(run.loss());
      if (!Number.isFinite(loss)) {
        throw new DivergedError(
          `Training diverged in epoch ${stage.epoch + 1} (loss ${loss}). ` +
            'Raise regularization, or use the cholesky solver.',
        );
      }
      throwIfAborted();
      stage.epoch++;
      stage.isBetweenEpochs = true;
    } while (stage.epoch <= this.#epochsDone);
    const isLast = stage.epoch === this.options.epochs;
    const isDue = performance.now() - this.#checkpointTime >= checkpointMs;
    // If the device is lost during this read, the epoch does not count as finished and is trained again elsewhere.
    if (this.#epochsDone === 0 || isLast || isDue) await this.#bringBack();
    this.#epochsDone = stage.epoch;
    return loss;
  }

  /** Makes the factors of the last finished epoch the checkpoint, unless an epoch is being computed. */
  #bringBack(): Promise<void> {
    const stage = this.#stage;
    if (this.#bringing === null && stage?.isBetweenEpochs && stage.epoch > this.#checkpoint.epoch) {
      this.#bringing = this.#readFactors(stage).finally(() => (this.#bringing = null));
    }
    return this.#bringing ?? Promise.resolve();
  }

  async #readFactors(stage: TrainingStage): Promise<void> {
    const { epoch } = stage;
    this.#checkpoint = { epoch, ...(await stage.factors()) };
    this.#checkpointTime = performance.now();
    this.#model = null;
  }

  #modelOf({ epoch, itemFactors }: Checkpoint): FactorModel {
    const { settings, factors, seed, name } = this.options;
    return new FactorModel({
      items: this.#items,
      factors,
      itemFactors,
      itemBiases: this.#biases.itemBiases,
      globalMean: this.#biases.globalMean,
      settings,
      weights: this.#weights,
      itemCounts: this.#itemCounts,
      userCount: this.#problem.users.rowCount,
      name,
      seed,
      epochs: epoch,
      includesHistory: this.#includesHistory,
    });
  }
}

/** How many users chose each item; dislikes do not count. */
function popularityOf(matrix: CsrMatrix, feedback: 'presence' | 'strength' | 'stars'): Uint32Array {
  const counts = new Uint32Array(matrix.columnCount);
  const least = feedback === 'presence' ? -Infinity : feedback === 'strength' ? 0 : 2.5;
  for (const [entry, item] of matrix.columns.entries()) if (matrix.values[entry]! > least) counts[item]!++;
  return counts;
}
