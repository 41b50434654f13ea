import { transfer } from 'comlink';
import type { BackendMode, VerdictCache } from '../engine/choose-backend.ts';
import { verdictKeyOf } from '../engine/choose-backend.ts';
import { Engine } from '../engine/engine.ts';
import type {
  BackendComparison,
  BackendVerdict,
  Diagnostics,
  EpochReport,
  Explanation,
  FitOptions,
  Interactions,
  ModelSummary,
  Recommendations,
  RecommendOptions,
  SimilarItem,
  SimilarOptions,
} from '../engine/recommendation.ts';
import type { StarterOptions } from '../engine/starter-items.ts';
import { NoModelError } from '../errors.ts';
import type { Preference } from '../interactions/preferences.ts';
import type { ModelFiles } from '../pack/model-pack.ts';

/** What a worker needs to begin with. */
export interface EngineSettings {
  readonly backend: BackendMode;
  /** What earlier visits measured. */
  readonly verdicts: readonly BackendVerdict[];
}

/** Where a model comes from: an absolute address or files, and the catalogue that it must be of. */
export interface ModelSource {
  readonly url?: string;
  readonly files?: ModelFiles;
  readonly catalogue?: readonly string[] | undefined;
}

/** A fit as it crosses to the worker. */
export interface FitRequest {
  readonly options: FitOptions;
  readonly history: readonly Preference[] | null;
}

/**
 * The engine as the page calls it: every argument and answer survives a structured clone, an AbortSignal becomes
 * `endFit`, and the epochs of a fit are pulled one by one. `engine-worker.ts` exposes one of these.
 */
export class EngineService {
  #engine: Engine | null = null;
  #fit: { readonly epochs: AsyncGenerator<EpochReport, void>; readonly abort: AbortController } | null = null;

  /** Resolves once this worker holds the Web Lock, which it keeps for its life: when it falls free, the worker died. */
  holdLock(name: string): Promise<void> {
    return new Promise((resolve, reject) => {
      navigator.locks
        .request(name, () => {
          resolve();
          return new Promise<never>(() => {});
        })
        .catch(reject);
    });
  }

  /** Makes the engine; comes before everything else. `onVerdict` is called with what a measurement said. */
  start(settings: EngineSettings, onVerdict: (verdict: BackendVerdict) => Promise<void>): void {
    const kept = new Map(settings.verdicts.map((verdict) => [verdictKeyOf(verdict), verdict]));
    const verdicts: VerdictCache = { get: async (key) => kept.get(key), put: onVerdict };
    this.#engine = new Engine({ backend: settings.backend, verdicts });
  }

  /** See `Engine.load`. */
  load({ url, files, catalogue }: ModelSource): Promise<ModelSummary> {
    const source = files ?? url;
    if (source === undefined) throw new Error('Internal: a model source without address and files.');
    return this.#live().load(source, { catalogue });
  }

  /** See `Engine.save`. The bytes are made for this answer, so they are handed over. */
  async save(): Promise<ModelFiles> {
    const files = await this.#live().save();
    return transfer(files, [files.tensors.buffer]);
  }

  /** Drops the model; ends a fit first. */
  async unload(): Promise<void> {
    await this.endFit();
    this.#live().unload();
  }

  /** See `Engine.openBackend`. */
  openBackend(): Promise<void> {
    return this.#live().openBackend();
  }

  /** What is loaded; null where nothing is. */
  summary(): ModelSummary | null {
    return this.#live().model?.summary ?? null;
  }

  /** The ids of the model's items. @throws {NoModelError} */
  itemIds(): readonly string[] {
    const { model } = this.#live();
    if (model === null) throw new NoModelError('A filter needs a model: load one, or train one with fit.');
    return model.items.ids;
  }

  /** See `Engine.recommend`. */
  recommend(preferences: readonly Preference[], options: RecommendOptions): Promise<Recommendations> {
    return this.#live().recommend(preferences, options);
  }

  /** See `Engine.similarItems`. */
  similarItems(itemId: string, options: SimilarOptions): Promise<readonly SimilarItem[]> {
    return this.#live().similarItems(itemId, options);
  }

  /** See `Engine.foldIn`. */
  foldIn(preferences: readonly Preference[]): Promise<Float32Array> {
    return this.#live().foldIn(preferences);
  }

  /** See `Engine.explain`. */
  explain(preferences: readonly Preference[], itemId: string): Promise<Explanation> {
    return this.#live().explain(preferences, itemId);
  }

  /** See `Engine.starterItems`. */
  starterItems(options: StarterOptions): readonly string[] {
    return this.#live().starterItems(options);
  }

  /** See `Engine.diagnostics`. */
  diagnostics(): Diagnostics {
    return this.#live().diagnostics();
  }

  /** See `Engine.compareBackends`. */
  compareBackends(
    preferences: readonly Preference[],
    options: RecommendOptions,
  ): Promise<readonly BackendComparison[]> {
    return this.#live().compareBackends(preferences, options);
  }

  /** See `Engine.measureBackends`. */
  measureBackends(): Promise<BackendVerdict | null> {
    return this.#live().measureBackends();
  }

  /** Begins a fit; nothing is computed before the first `nextEpoch`. */
  startFit(interactions: Interactions, { options, history }: FitRequest): void {
    const abort = new AbortController();
    const epochs = this.#live().fit(interactions, { ...options, history, signal: abort.signal });
    this.#fit = { epochs, abort };
  }

  /** The next finished epoch; null after the last. Errors are those of `Engine.fit`. */
  async nextEpoch(): Promise<EpochReport | null> {
    if (this.#fit === null) throw new Error('Internal: the next epoch was asked for without a fit.');
    const { done, value } = await this.#fit.epochs.next();
    return done ? null : value;
  }

  /** Ends the fit under way, if there is one, at once; resolves when it has let go. The last model stays. */
  async endFit(): Promise<void> {
    const fit = this.#fit;
    if (fit === null) return;
    fit.abort.abort();
    await fit.epochs.return();
    if (this.#fit === fit) this.#fit = null;
  }

  #live(): Engine {
    if (this.#engine === null) throw new Error('Internal: the engine was asked before it was started.');
    return this.#engine;
  }
}
