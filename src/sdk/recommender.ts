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
   * The first model: the address of its folder (relative addresses are resolved against the page), or its files.
   * Without it, call `load` or `fit` first.
   */
  readonly model?: string | URL | ModelFiles;
  /** If given, the model must have exactly these item ids in this order, or it is refused with `ModelMismatchError`. */
  readonly catalogue?: readonly string[];
  /** Where to compute. `auto` (default) measures and chooses; `webgpu` fails if there is no GPU. */
  readonly backend?: 'auto' | BackendKind;
  /** Name of the IndexedDB database; default `pocketrec`. null keeps everything in memory. */
  readonly database?: string | null;
  /**
   * Called with a sentence when something did not go as requested: storage was denied, a worker was started again, a
   * trained model could not be kept, another tab is waiting.
   */
  readonly onNotice?: (notice: string) => void;
}

/** Options of `Recommender.recommend`. */
export interface RecommendCallOptions extends RecommendOptions {
  /**
   * If given, only ids for which it returns true may appear. It is called on the page, once per item and request; again
   * if the model changes to other items during the request.
   */
  readonly filter?: (itemId: string) => boolean;
}

/** Options of `Recommender.load`. */
export interface LoadOptions {
  /** If given, the model must have exactly these item ids in this order, or it is refused with `ModelMismatchError`. */
  readonly catalogue?: readonly string[];
}

/** Options of `Recommender.explain`. */
export interface ExplainOptions {
  /** History items not to use, as if the visitor had not said them. */
  readonly ignoreHistory?: readonly string[];
}

/** Options of `Recommender.fit`. */
export interface FitCallOptions extends FitOptions {
  /** Whether the visitor's history becomes one more training row, if it has items of the data; default true. */
  readonly includeHistory?: boolean;
  /** Ends the fit: the iterator rejects with the signal's reason, and the model of the last finished epoch stays. */
  readonly signal?: AbortSignal;
  /** Whether to wait between epochs while the page is hidden; default true. */
  readonly pauseWhenHidden?: boolean;
  /** Called with true when the fit starts to wait for the page to become visible, and with false when it continues. */
  readonly onPause?: (isPaused: boolean) => void;
  /** Whether to keep the model on this device for the next visit; default: only if it includes the history. */
  readonly keepTrainedModel?: boolean;
}

/** Options of `Recommender.compareBackends`. */
export interface CompareOptions {
  /** Length of the list on each back end, 1 or more; default 10. */
  readonly count?: number;
}

/** An item to ask a new visitor about. */
export interface StarterItem {
  /** The item's id. */
  readonly itemId: string;
}

/**
 * A recommender for the visitor of this page. All data stays in this browser.
 *
 * In addition to the errors listed per call, every call rejects with `InvalidOptionError` for an unknown option, with
 * `WorkerLostError` if the engine's worker died and its replacement died too, and with `DisposedError` after `dispose`.
 * Errors are distinguished by class or by `code`.
 */
export interface Recommender extends Disposable {
  /** What the visitor did. Recommendations depend only on this and on the model. */
  readonly history: InteractionHistory;
  /** True if the current model was trained on this device. */
  readonly usesTrainedModel: boolean;
  /**
   * The items that fit the history best, best first; the most chosen items while the history does not say what the
   * visitor likes.
   *
   * @throws {NoModelError} no model was loaded or trained yet
   * @throws {InvalidOptionError} an option has the wrong type or is out of range
   * @throws {UnknownItemError} the model does not have an id in `exclude` or `only`, or neither model nor history has
   *   an id in `ignoreHistory`
   * @throws {EmptyResultError} the filters exclude every item
   * @throws {ModelMismatchError} the model changed to other items twice while `filter` was applied
   */
  recommend(options?: RecommendCallOptions): Promise<Recommendations>;
  /**
   * The items most similar to one item, or to several together, by the cosine of their factors: items that the same
   * people chose. Several items have equal weight, whatever the lengths of their factor rows. The given items are not
   * returned, except with `includeSelf`.
   *
   * @param itemIds - one id, or several
   * @throws {NoModelError} no model was loaded or trained yet
   * @throws {InvalidOptionError} there are no ids, or `count` is below 1
   * @throws {UnknownItemError} the model does not have an item, or an id in `exclude`
   * @throws {EmptyResultError} the items have no training data or cancel out, or the exclusions leave nothing
   */
  similarItems(itemIds: string | readonly string[], options?: SimilarOptions): Promise<readonly SimilarItem[]>;
  /**
   * The visitor's factors, computed from the history: as many numbers as the model has factors; zeros while no part of
   * the history counts.
   *
   * @throws {NoModelError} no model was loaded or trained yet
   */
  foldIn(): Promise<Float32Array>;
  /**
   * Explains an item's score: the exact contribution of each history item (Hu, Koren, Volinsky 2008, section 5), which
   * sum to the score, and the score without that history item.
   *
   * @throws {NoModelError} no model was loaded or trained yet
   * @throws {UnknownItemError} the model does not have the item, or neither model nor history has an id in
   *   `ignoreHistory`
   * @throws {EmptyResultError} the history has no item of the model
   */
  explain(itemId: string, options?: ExplainOptions): Promise<Explanation>;
  /**
   * Trains on this device and yields one report per epoch; the model is usable after each. Training begins with the
   * first `next()`, which also reports errors in the arguments.
   *
   * @throws {InvalidOptionError} an option is out of range, or a fit is in progress
   * @throws {InvalidDataError} rows are outside their counts, or there is nothing to train on
   * @throws {GpuUnavailableError} `backend` is `webgpu` and there is no GPU any more
   * @throws {WorkerLostError} the worker died; the model from before the fit is used again
   * @throws the signal's reason when it is aborted
   */
  fit(interactions: Interactions, options?: FitCallOptions): AsyncIterableIterator<EpochReport>;
  /**
   * Loads a model and replaces the current one, which stays if loading fails. Without an argument it loads the model
   * given to `createRecommender`. Deletes a model that training on this device has kept.
   *
   * @throws {InvalidOptionError} a fit is in progress
   * @throws {InvalidDataError} the address does not answer
   * @throws {CorruptModelError} the files are cut short or altered
   * @throws {ModelMismatchError} the model is of another catalogue, or its format is newer
   * @throws {NoModelError} there is no argument, and `createRecommender` was given no model
   */
  load(model?: string | URL | ModelFiles, options?: LoadOptions): Promise<ModelSummary>;
  /**
   * The current model as files, for `load` or a static host.
   *
   * @throws {NoModelError} no model was loaded or trained yet
   */
  save(): Promise<ModelFiles>;
  /**
   * A varied set of well-known items to ask a new visitor about, the most chosen item first. It depends only on the
   * model.
   *
   * @throws {NoModelError} no model was loaded or trained yet
   * @throws {InvalidOptionError} an option is below 1
   */
  starterItems(options?: StarterOptions): Promise<readonly StarterItem[]>;
  /** Which back end answers requests and why, and the current model. */
  diagnostics(): Promise<Diagnostics>;
  /**
   * Runs the same request on every back end; reports times and whether the lists agree. If a back end is missing or
   * fails, its result has an `error`.
   *
   * @throws {NoModelError} no model was loaded or trained yet
   * @throws {InvalidOptionError} `count` is below 1
   */
  compareBackends(options?: CompareOptions): Promise<readonly BackendComparison[]>;
  /** Ends the worker and closes the storage. May be called twice. */
  dispose(): void;
}
