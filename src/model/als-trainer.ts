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

/** One finished epoch; the model is usable when it arrives. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** How many epochs the whole fit has. */
  readonly epochs: number;
  /**
   * The objective after the epoch: the weighted squared error over every cell, the unobserved ones included, and the
   * regularization (docs/architecture.md, One row equation).
   */
  readonly loss: number;
  /** Milliseconds of this epoch. */
  readonly elapsedMs: number;
  /** Where this epoch was computed. */
  readonly backend: BackendKind;
  /** Set when the run had to move during this epoch, e.g. `GPU device lost; continued on the CPU`. */
  readonly notice: string | null;
}

/** What a trainer is told besides the training matrix. */
export interface TrainerOptions extends FitOptions {
  /** One id per column of the matrix. */
  readonly itemIds: readonly string[];
  /** The visitor's preferences, as one more user row, weighed as fold-in weighs them. */
  readonly history?: readonly Preference[] | undefined;
}

/**
 * Trains by alternating least squares. The trainer is not the model: `model()` makes a new, finished `FactorModel` of
 * the factors after the last epoch. They stay where they are computed until somebody asks for the model, or for a
 * checkpoint from which a run goes on after a lost device.
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
  /** When the checkpoint was made, by `performance.now()`. */
  #checkpointTime = 0;
  /** The model of the checkpoint; null before it was asked for, and before the first epoch. */
  #model: FactorModel | null = null;
  #epochsDone = 0;
  /** The back end at work while `run` is under way. */
  #stage: TrainingStage | null = null;
  /** Factors on their way to the host. */
  #bringing: Promise<void> | null = null;

  /**
   * @param matrix the training data, users × items
   * @throws {InvalidOptionError} an option unknown or out of range
   * @throws {InvalidDataError} ids empty, twice, or not one per column; stars or strengths out of range; nothing to
   *   train on
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
        `There is nothing to train on: ${matrix.nonZeroCount} interactions, none of which says anything ` +
          '(strength 0, or none at all). Give at least one.',
      );
    }
    this.#biases = biases;
    this.#itemCounts = popularityOf(matrix, settings.objective === 'explicit' ? 'presence' : settings.feedback);
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
    this.#checkpoint = { epoch: 0, userFactors, itemFactors };
  }

  /** What `model()` would give now, told without its factors; null before the first finished epoch. */
  get summary(): ModelSummary | null {
    const epochs = this.#stage?.isBetweenEpochs ? this.#stage.epoch : this.#checkpoint.epoch;
    return epochs === 0 ? null : { ...this.#modelOf(this.#checkpoint).summary, epochs };
  }

  /**
   * The model after the last finished epoch; null before the first. While an epoch is being computed, the one that was
   * brought to the host last, which is at most `checkpointMs` of training and one epoch older.
   */
  async model(): Promise<FactorModel | null> {
    // Where a device was lost meanwhile, the run finds out by itself and goes on from the checkpoint.
    await this.#bringBack().catch(() => undefined);
    if (this.#checkpoint.epoch === 0) return null;
    return (this.#model ??= this.#modelOf(this.#checkpoint));
  }

  /**
   * Trains the epochs that are left, one report each; `model()` is the epoch's when a report arrives. A lost device, or
   * a GPU that answers with numbers that are not finite, repeats what came after the checkpoint elsewhere: the report's
   * `notice` says so, and the answer is the same (to rounding, where the CPU goes on for a GPU).
   *
   * @throws `signal.reason` when aborted. Where the checkpoint is older than the last report, the epoch under way is
   *   finished and reported first, so that the model is that of the last report; only where the device is lost at the
   *   same time it is the checkpoint's
   * @throws {RecommenderError} factors that are not finite on the CPU; the checkpoint's model stays
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
      // A device that was lost has nothing to give: the checkpoint stays.
      await this.#bringBack().catch(() => undefined);
      this.#stage = null;
      stage.close();
    }
  }

  /** One epoch more than are done, repeating those after the checkpoint where the run had to start anew. */
  async #epoch(
    stage: TrainingStage,
    { signal, checkpointMs }: { readonly signal: AbortSignal | undefined; readonly checkpointMs: number },
  ): Promise<number> {
    const throwIfAborted = (): void => {
      // The open run alone has epochs that were reported: one so short is brought to its end, so that they are not lost.
      const isWaitedFor = stage.epoch === this.#epochsDone && this.#checkpoint.epoch < this.#epochsDone;
      if (!isWaitedFor) signal?.throwIfAborted();
    };
    let loss: number;
    do {
      const run = await stage.open(this.#problem, this.#checkpoint, this.options.solve);
      throwIfAborted();
      // Factors on their way to the host must be those of a whole epoch; large ones come in several parts.
      while (this.#bringing !== null) await this.#bringing;
      stage.isBetweenEpochs = false;
      await stage.orLost(run.solve('users'));
      throwIfAborted();
      await stage.orLost(run.solve('items'));
      throwIfAborted();
      loss = await stage.orLost(run.loss());
      if (!Number.isFinite(loss)) {
        throw new DivergedError(
          `Training left the range of numbers in epoch ${stage.epoch + 1} (loss ${loss}). ` +
            'Raise regularization, or use the cholesky solver.',
        );
      }
      throwIfAborted();
      stage.epoch++;
      stage.isBetweenEpochs = true;
    } while (stage.epoch <= this.#epochsDone);
    const isLast = stage.epoch === this.options.epochs;
    const isDue = performance.now() - this.#checkpointTime >= checkpointMs;
    // A device that is lost during this read has not finished the epoch: it is trained again elsewhere.
    if (this.#epochsDone === 0 || isLast || isDue) await this.#bringBack();
    this.#epochsDone = stage.epoch;
    return loss;
  }

  /** Makes the factors of the last finished epoch the checkpoint, where no epoch is under way. */
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

/** How many users chose each item, dislikes not counted. */
function popularityOf(matrix: CsrMatrix, feedback: 'presence' | 'strength' | 'stars'): Uint32Array {
  const counts = new Uint32Array(matrix.columnCount);
  const least = feedback === 'presence' ? -Infinity : feedback === 'strength' ? 0 : 2.5;
  for (const [entry, item] of matrix.columns.entries()) if (matrix.values[entry]! > least) counts[item]!++;
  return counts;
}
