import type { BackendComparison } from '../engine/compare-backends.ts';
import type { Diagnostics } from '../engine/diagnostics.ts';
import { CorruptModelError, InvalidOptionError, ModelMismatchError, NoModelError, shown } from '../errors.ts';
import type { EpochReport } from '../model/als-trainer.ts';
import type { Explanation } from '../serving/explain.ts';
import type { Interactions } from '../data/interactions.ts';
import type { ModelSummary } from '../model/factor-model.ts';
import type { ModelFiles } from '../pack/model-pack.ts';
import type { Recommendations } from '../serving/recommend.ts';
import type { SimilarItem, SimilarOptions } from '../serving/similar-items.ts';
import type { StarterOptions } from '../serving/starter-items.ts';
import type { OpenedStorage } from '../storage/database.ts';
import { HistoryStore } from '../storage/history-store.ts';
import { ModelStore } from '../storage/model-store.ts';
import type { ClientModel, EngineClient } from '../worker/engine-client.ts';
import type { ModelSource } from '../worker/engine-service.ts';
import type { RemoteEngine } from '../worker/worker-session.ts';
import { ItemFilter } from './item-filter.ts';
import { requireOptionsOf } from './option-names.ts';
import type {
  CompareOptions,
  ExplainOptions,
  FitCallOptions,
  LoadOptions,
  RecommendCallOptions,
  Recommender,
  RecommenderOptions,
  StarterItem,
} from './recommender.ts';
import { TrainedModelKeeper } from './trained-model-keeper.ts';

/** Milliseconds without a request after which `auto` measures the back ends. */
const idleMs = 3000;

/** The parts of a `PageRecommender`. */
export interface PageRecommenderParts {
  readonly options: RecommenderOptions;
  readonly storage: OpenedStorage;
  readonly client: EngineClient;
  readonly onNotice: (notice: string) => void;
}

/** The visitor's recommender: connects the history on this page, the engine in its worker and the stored models. */
export class PageRecommender implements Recommender {
  readonly history: HistoryStore;
  readonly #client: EngineClient;
  readonly #storage: OpenedStorage;
  readonly #models: ModelStore;
  readonly #keeper: TrainedModelKeeper;
  readonly #itemFilter = new ItemFilter(() => this.#ask((remote) => remote.catalogue()));
  /** The model given to `createRecommender`. */
  readonly #shipped: ClientModel | null;
  /** True while `auto` has yet to measure the back ends, which it does once there is no request for `idleMs`. */
  #isToMeasure: boolean;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  /** The model to use once everything is forgotten: the last loaded model that was not trained with the history. */
  #fallback: ClientModel | null;

  private constructor({ options, storage, client, onNotice }: PageRecommenderParts, history: HistoryStore) {
    const { model, catalogue } = options;
    this.history = history;
    this.#client = client;
    this.#storage = storage;
    this.#models = new ModelStore(storage.database);
    this.#shipped = model === undefined ? null : shippedModel(sourceOf(model, catalogue));
    this.#fallback = this.#shipped;
    this.#isToMeasure = (options.backend ?? 'auto') === 'auto';
    const standsInFor = this.#shipped?.source.url ?? null;
    this.#keeper = new TrainedModelKeeper({ models: this.#models, standsInFor, onNotice });
  }

  /** Opens the history and loads the first model. Throws the errors of `createRecommender`. */
  static async create(parts: PageRecommenderParts): Promise<PageRecommender> {
    let recommender: PageRecommender | null = null;
    const history = await HistoryStore.open({
      storage: parts.storage,
      onForgotten: async () => {
        if (recommender !== null) await recommender.#forgetModels();
      },
      onNotice: parts.onNotice,
    });
    recommender = new PageRecommender(parts, history);
    try {
      if (parts.options.backend === 'webgpu') await parts.client.ask((remote) => remote.openBackend());
      await recommender.#loadFirstModel(parts.options.catalogue);
    } catch (error) {
      history.dispose();
      throw error;
    }
    return recommender;
  }

  get usesTrainedModel(): boolean {
    return this.#client.model?.isTrainedHere ?? false;
  }

  async recommend(options: RecommendCallOptions = {}): Promise<Recommendations> {
    requireOptionsOf('recommend', options);
    const { filter, ...request } = options;
    const preferences = this.history.preferences();
    if (filter === undefined) return this.#ask((remote) => remote.recommend(preferences, request));
    if (typeof filter !== 'function') {
      throw new InvalidOptionError(`filter must be a function of an item id, got ${shown(filter)}.`);
    }
    return this.#itemFilter.send(filter, (mask) =>
      this.#ask((remote) => remote.recommend(preferences, { ...request, filter: mask })),
    );
  }

  async similarItems(
    itemIds: string | readonly string[],
    options: SimilarOptions = {},
  ): Promise<readonly SimilarItem[]> {
    requireOptionsOf('similarItems', options);
    return this.#ask((remote) => remote.similarItems(itemIds, options));
  }

  foldIn(): Promise<Float32Array> {
    const preferences = this.history.preferences();
    return this.#ask((remote) => remote.foldIn(preferences));
  }

  async explain(itemId: string, options: ExplainOptions = {}): Promise<Explanation> {
    requireOptionsOf('explain', options);
    const preferences = this.history.preferences();
    return this.#ask((remote) => remote.explain(preferences, itemId, options));
  }

  async *fit(interactions: Interactions, options: FitCallOptions = {}): AsyncGenerator<EpochReport, void, undefined> {
    requireOptionsOf('fit', options);
    const { includeHistory = true, pauseWhenHidden = true, keepTrainedModel, ...rest } = options;
    const preferences = this.history.preferences();
    yield* this.#client.fit(interactions, {
      ...rest,
      pauseWhenHidden,
      history: includeHistory && preferences.length > 0 ? preferences : null,
      onTrained: async (model) => {
        if (keepTrainedModel ?? model.includesHistory) await this.#keeper.keep(model);
      },
    });
  }

  async load(model?: string | URL | ModelFiles, options: LoadOptions = {}): Promise<ModelSummary> {
    requireOptionsOf('load', options);
    const source = model === undefined ? this.#shipped?.source : sourceOf(model, options.catalogue);
    if (source === undefined) {
      throw new NoModelError('load() without an argument needs the model that createRecommender was given.');
    }
    const summary = await this.#client.load(source);
    if (!summary.includesHistory) this.#fallback = shippedModel(source);
    await this.#keeper.delete();
    return summary;
  }

  save(): Promise<ModelFiles> {
    return this.#ask((remote) => remote.save());
  }

  async starterItems(options: StarterOptions = {}): Promise<readonly StarterItem[]> {
    requireOptionsOf('starterItems', options);
    const itemIds = await this.#ask((remote) => remote.starterItems(options));
    return itemIds.map((itemId) => ({ itemId }));
  }

  diagnostics(): Promise<Diagnostics> {
    return this.#ask((remote) => remote.diagnostics());
  }

  async compareBackends(options: CompareOptions = {}): Promise<readonly BackendComparison[]> {
    requireOptionsOf('compareBackends', options);
    const preferences = this.history.preferences();
    return this.#ask((remote) => remote.compareBackends(preferences, options));
  }

  dispose(): void {
    clearTimeout(this.#idleTimer);
    this.#client.dispose();
    this.history.dispose();
    this.#storage.database?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #ask<Result>(question: (remote: RemoteEngine) => Promise<Result>): Promise<Result> {
    if (this.#isToMeasure) {
      clearTimeout(this.#idleTimer);
      this.#idleTimer = setTimeout(() => void this.#measure(), idleMs);
    }
    return this.#client.ask(question);
  }

  async #measure(): Promise<void> {
    this.#isToMeasure = false;
    try {
      await this.#client.ask((remote) => remote.measureBackends());
    } catch {
      // The CPU continues to serve; `diagnostics().reason` says why.
    }
  }

  /** Loads the model that an earlier visit kept, or else the one given to `createRecommender`. */
  async #loadFirstModel(catalogue: readonly string[] | undefined): Promise<void> {
    const kept = await this.#keeper.read();
    if (kept !== null) {
      try {
        await this.#client.load(sourceOf(kept, catalogue), { isTrainedHere: true });
        return;
      } catch (error) {
        if (!(error instanceof CorruptModelError || error instanceof ModelMismatchError)) throw error;
        await this.#keeper.drop(error);
      }
    }
    if (this.#shipped !== null) await this.#client.load(this.#shipped.source);
  }

  /** Drops every model that was trained with the history, after it was forgotten here or in another tab. */
  async #forgetModels(): Promise<void> {
    await this.#client.forgetHistory(this.#fallback);
    await this.#models.deleteHistoryModels();
  }
}

function shippedModel(source: ModelSource): ClientModel {
  return { source, includesHistory: false, isTrainedHere: false };
}

/** Resolves addresses against the page, because the worker has another base address. */
function sourceOf(model: string | URL | ModelFiles, catalogue: readonly string[] | undefined): ModelSource {
  const isAddress = typeof model === 'string' || model instanceof URL;
  return isAddress ? { url: new URL(model, document.baseURI).href, catalogue } : { files: model, catalogue };
}
