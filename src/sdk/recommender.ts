import type { BackendKind } from '../backends/backend.ts';
import type { BackendComparison } from '../engine/compare-backends.ts';
import type { Diagnostics } from '../engine/diagnostics.ts';
import type { EpochReport } from '../model/als-trainer.ts';
import type { Explanation } from '../serving/explain.ts';
import type { FitOptions } from '../model/fit-options.ts';
import type { Interactions } from '../data/interactions.ts';
import type { ModelSummary } from '../model/factor-model.ts';
import type { Recommendations } from '../serving/recommend.ts';
import type { RecommendOptions } from '../serving/recommend-options.ts';
import type { SimilarItem, SimilarOptions } from '../serving/similar-items.ts';
import type { StarterOptions } from '../serving/starter-items.ts';
import type { InteractionHistory } from '../history/history.ts';
import type { ModelFiles } from '../pack/model-pack.ts';

/** Options of `createRecommender`. */
export interface RecommenderOptions {
  /**
   * The model to begin with: the address of a model's folder (relative ones are taken from the page), or its files.
   * Without one, `load` or `fit` comes first.
   */
  readonly model?: string | URL | ModelFiles;
  /** If given, a model of other items than these, in this order, is refused with `ModelMismatchError`. */
  readonly catalogue?: readonly string[];
  /** Where to compute. `auto` (default) measures and chooses; `webgpu` fails where there is no GPU. */
  readonly backend?: 'auto' | BackendKind;
  /** Name of the IndexedDB database; default `pocketrec`. null keeps everything in memory. */
  readonly database?: string | null;
  /**
   * Told in words about what went another way than asked: storage denied, a worker started again, a trained model
   * that could not be kept, another tab that waits.
   */
  readonly onNotice?: (notice: string) => void;
}

/** Options of `Recommender.recommend`. */
export interface RecommendCallOptions extends RecommendOptions {
  /**
   * If given, only ids for which it returns true may appear. Called on the page, once an item of the model and
   * request (again where a model of other items came meanwhile).
   */
  readonly filter?: (itemId: string) => boolean;
}

/** Options of `Recommender.load`. */
export interface LoadOptions {
  /** If given, a model of other items than these, in this order, is refused with `ModelMismatchError`. */
  readonly catalogue?: readonly string[];
}

/** Options of `Recommender.explain`. */
export interface ExplainOptions {
  /** History items that must not be used: what if I had not said this? */
  readonly ignoreHistory?: readonly string[];
}

/** Options of `Recommender.fit`. */
export interface FitCallOptions extends FitOptions {
  /** Whether the visitor's history becomes one more training row; default true, where it has items of the data. */
  readonly includeHistory?: boolean;
  /** Ends the fit; the iterator rejects with its reason, and the model of the last finished epoch answers. */
  readonly signal?: AbortSignal;
  /** Whether to wait between epochs while the page is hidden; default true. */
  readonly pauseWhenHidden?: boolean;
  /** Told true when the fit waits for the page to be seen, and false when it goes on. */
  readonly onPause?: (isPaused: boolean) => void;
  /** Whether the model is kept on this device for the next visit; default true where it includes the history. */
  readonly keepTrainedModel?: boolean;
}

/** Options of `Recommender.compareBackends`. */
export interface CompareOptions {
  /** How many items to ask each back end for, 1 or more; default 10. */
  readonly count?: number;
}

/** An item to ask a new visitor about. */
export interface StarterItem {
  /** An item of the model. */
  readonly itemId: string;
}

/**
 * A recommender for the visitor of this page. Everything stays in this browser.
 *
 * Besides what each call says, every call rejects with `InvalidOptionError` for an option that it does not have, with
 * `WorkerLostError` where the engine's worker died and the one started in its place died too, and with `DisposedError`
 * after `dispose`. Errors are told apart by class or by `code`.
 */
export interface Recommender extends Disposable {
  /** What the visitor did: the only thing that recommendations are made from, besides the model. */
  readonly history: InteractionHistory;
  /** True where a model trained on this device answers, not the one that the page came with. */
  readonly usesTrainedModel: boolean;
  /**
   * The items that fit the history best, best first; the most chosen ones while the history says nothing.
   *
   * @throws {NoModelError} neither loaded nor trained yet
   * @throws {InvalidOptionError} an option out of range
   * @throws {UnknownItemError} an id in `exclude`, `only` or `ignoreHistory` that is in neither model nor history
   * @throws {EmptyResultError} filters that leave nothing
   * @throws {ModelMismatchError} the model changed to other items twice while `filter` was being asked about them
   */
  recommend(options?: RecommendCallOptions): Promise<Recommendations>;
  /**
   * Items that the same people chose, by cosine: more like this one, or more like these. Several items count alike,
   * whatever their lengths in the model; none of them comes back unless `includeSelf` asks for it.
   *
   * @param itemIds - one id, or several
   * @throws {NoModelError} neither loaded nor trained yet
   * @throws {InvalidOptionError} an empty array, or a count below 1
   * @throws {UnknownItemError} an item, or an id in `exclude`, that the model does not have
   * @throws {EmptyResultError} items without training data, or exclusions that leave nothing
   */
  similarItems(itemIds: string | readonly string[], options?: SimilarOptions): Promise<readonly SimilarItem[]>;
  /**
   * The visitor as the model sees them: as many numbers as the model has factors, from the history alone; zeros while
   * it says nothing.
   *
   * @throws {NoModelError} neither loaded nor trained yet
   */
  foldIn(): Promise<Float32Array>;
  /**
   * Why an item has its score: exact contributions, which sum to it (Hu, Koren, Volinsky 2008, section 5), and what it
   * would be without each.
   *
   * @throws {NoModelError} neither loaded nor trained yet
   * @throws {UnknownItemError} an item that the model does not have
   * @throws {EmptyResultError} a history without any item of the model
   */
  explain(itemId: string, options?: ExplainOptions): Promise<Explanation>;
  /**
   * Trains on this device: one report per epoch, the model usable after each. Begins with the first `next()`, which is
   * also where errors in the arguments arrive.
   *
   * @throws {InvalidOptionError} an option out of range, or a fit is under way already
   * @throws {InvalidDataError} rows outside the counts, or nothing to train on
   * @throws {GpuUnavailableError} `backend: 'webgpu'`, and the GPU is gone
   * @throws {WorkerLostError} the worker died; the model from before answers
   * @throws the signal's reason, when it is aborted
   */
  fit(interactions: Interactions, options?: FitCallOptions): AsyncIterableIterator<EpochReport>;
  /**
   * Loads a model in place of the present one, which goes on answering where this fails. Without an argument: the
   * model that `createRecommender` was given. A model kept from training on this device is deleted.
   *
   * @throws {InvalidOptionError} a fit is under way
   * @throws {InvalidDataError} an address that does not answer
   * @throws {CorruptModelError} files cut short or altered
   * @throws {ModelMismatchError} of another catalogue, or of a newer format
   * @throws {NoModelError} no argument, and `createRecommender` was given no model
   */
  load(model?: string | URL | ModelFiles, options?: LoadOptions): Promise<ModelSummary>;
  /**
   * The present model as files, which `load` and every static host take.
   *
   * @throws {NoModelError} neither loaded nor trained yet
   */
  save(): Promise<ModelFiles>;
  /**
   * A varied, well-known set to ask a new visitor about, the most chosen item first; the model alone decides.
   *
   * @throws {NoModelError} neither loaded nor trained yet
   * @throws {InvalidOptionError} an option below 1
   */
  starterItems(options?: StarterOptions): Promise<readonly StarterItem[]>;
  /** Which back end answers and why, and what is loaded. */
  diagnostics(): Promise<Diagnostics>;
  /**
   * The same request on every back end that this browser has, with times and whether the lists agree. What goes wrong
   * on one of them stands in its `error`.
   *
   * @throws {NoModelError} neither loaded nor trained yet
   * @throws {InvalidOptionError} a count below 1
   */
  compareBackends(options?: CompareOptions): Promise<readonly BackendComparison[]>;
  /** Ends the worker and closes the storage. May be called twice. */
  dispose(): void;
}
