import { backendKinds } from '../backends/backend.ts';
import { oneOf } from '../model/fit-options.ts';
import type { BackendComparison } from '../engine/compare-backends.ts';
import type { Diagnostics } from '../engine/diagnostics.ts';
import type { EpochReport } from '../model/als-trainer.ts';
import type { Explanation } from '../serving/explain.ts';
import type { Interactions } from '../data/interactions.ts';
import type { ModelSummary } from '../model/factor-model.ts';
import type { Recommendations } from '../serving/recommend.ts';
import type { SimilarItem, SimilarOptions } from '../serving/similar-items.ts';
import type { StarterOptions } from '../serving/starter-items.ts';
import { CorruptModelError, ModelMismatchError, NoModelError } from '../errors.ts';
import { HistoryStore } from '../storage/history-store.ts';
import type { ModelFiles } from '../pack/model-pack.ts';
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
import { Database, memoryOnly, type OpenedStorage } from '../storage/database.ts';
import { ModelStore } from '../storage/model-store.ts';
import { VerdictStore } from '../storage/verdict-store.ts';
import { ItemFilter } from './item-filter.ts';
import { requireOptionsOf } from './option-names.ts';
import { TrainedModelKeeper } from './trained-model-keeper.ts';
import { EngineClient, type ClientModel } from '../worker/engine-client.ts';
import type { ModelSource } from '../worker/engine-service.ts';
import type { RemoteEngine } from '../worker/worker-session.ts';

/** How long nobody may have asked anything before `auto` measures the back ends, in milliseconds. */
const idleMs = 3000;

/**
 * What only tests put in.
 *
 * @internal
 */
export interface RecommenderInternals {
  readonly createWorker?: () => Worker;
}

/**
 * Opens the visitor's history, starts the engine in its worker and loads the model: one trained and kept on an
 * earlier visit where there is one, otherwise `options.model`.
 *
 * @throws {StorageError} the stored history is of a newer version, or another tab does not let go of it
 * @throws {GpuUnavailableError} `backend: 'webgpu'` without a GPU
 * @throws {InvalidDataError} the model's address does not answer
 * @throws {CorruptModelError} the model's files are damaged
 * @throws {ModelMismatchError} the model is of another catalogue, or of a newer format
 */
export function createRecommender(options: RecommenderOptions = {}): Promise<Recommender> {
  return openRecommender(options, {});
}

/**
 * `createRecommender` with what tests put in.
 *
 * @internal
 */
export async function openRecommender(
  options: RecommenderOptions,
  internals: RecommenderInternals,
): Promise<Recommender> {
  requireOptionsOf('createRecommender', options);
  const backend = oneOf('backend', options.backend ?? 'auto', ['auto', ...backendKinds]);
  const onNotice = options.onNotice ?? (() => {});
  const opening = openStorage(options);
  const verdictStore = opening.then(({ database }) => new VerdictStore(database));
  // Without old verdicts the engine measures again.
  const verdicts = verdictStore.then((store) => store.all()).catch(() => []);
  const client = new EngineClient({
    settings: verdicts.then((kept) => ({ backend, verdicts: kept })),
    onVerdict: async (verdict) => {
      try {
        await (await verdictStore).put(verdict);
      } catch (error) {
        onNotice(`The measured times of the back ends are not kept for the next visit. ${String(error)}`);
      }
    },
    onNotice,
    ...internals,
  });
  // The worker starts while the database opens.
  client.warmUp();
  let storage: OpenedStorage | null = null;
  try {
    storage = await opening;
    return await PageRecommender.create({ options, storage, client, onNotice });
  } catch (error) {
    client.dispose();
    storage?.database?.dispose();
    throw error;
  }
}

async function openStorage(options: RecommenderOptions): Promise<OpenedStorage> {
  const { database = 'pocketrec', onNotice } = options;
  if (database === null) return memoryOnly('This page keeps nothing on the device, as asked');
  const storage = await Database.open({ name: database, onNotice });
  if (storage.reason !== null) onNotice?.(storage.reason);
  return storage;
}

/** What a `PageRecommender` is put together from. */
interface Parts {
  readonly options: RecommenderOptions;
  readonly storage: OpenedStorage;
  readonly client: EngineClient;
  readonly onNotice: (notice: string) => void;
}

class PageRecommender implements Recommender {
  readonly history: HistoryStore;
  readonly #client: EngineClient;
  readonly #storage: OpenedStorage;
  readonly #models: ModelStore;
  readonly #keeper: TrainedModelKeeper;
  readonly #itemFilter = new ItemFilter(() => this.#ask((remote) => remote.catalogue()));
  /** The model that the page came with. */
  readonly #shipped: ClientModel | null;
  /** True where the back ends are still to be measured, which `auto` does when nobody has asked anything for a while. */
  #isToMeasure: boolean;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  /** What answers once everything is forgotten: the last model loaded that is not made with the history. */
  #fallback: ClientModel | null;

  private constructor({ options, storage, client, onNotice }: Parts, history: HistoryStore) {
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

  static async create(parts: Parts): Promise<PageRecommender> {
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
    return this.#itemFilter.send(filter, (mask) =>
      this.#ask((remote) => remote.recommend(preferences, { ...request, filter: mask })),
    );
  }

  async similarItems(itemId: string, options: SimilarOptions = {}): Promise<readonly SimilarItem[]> {
    requireOptionsOf('similarItems', options);
    return this.#ask((remote) => remote.similarItems(itemId, options));
  }

  foldIn(): Promise<Float32Array> {
    const preferences = this.history.preferences();
    return this.#ask((remote) => remote.foldIn(preferences));
  }

  async explain(itemId: string, options: ExplainOptions = {}): Promise<Explanation> {
    requireOptionsOf('explain', options);
    const { ignoreHistory = [] } = options;
    const preferences = this.history.preferences().filter((preference) => !ignoreHistory.includes(preference.itemId));
    return this.#ask((remote) => remote.explain(preferences, itemId));
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
      // The CPU goes on; `diagnostics().reason` says why.
    }
  }

  /** The model kept on an earlier visit, or else the one that the page came with. */
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

  /** After everything was forgotten, here or in another tab, nothing that learned from it may answer. */
  async #forgetModels(): Promise<void> {
    await this.#client.forgetHistory(this.#fallback);
    await this.#models.deleteHistoryModels();
  }
}

function shippedModel(source: ModelSource): ClientModel {
  return { source, includesHistory: false, isTrainedHere: false };
}

/** Addresses are taken from the page, not from the worker's own. */
function sourceOf(model: string | URL | ModelFiles, catalogue: readonly string[] | undefined): ModelSource {
  const isAddress = typeof model === 'string' || model instanceof URL;
  return isAddress ? { url: new URL(model, document.baseURI).href, catalogue } : { files: model, catalogue };
}
