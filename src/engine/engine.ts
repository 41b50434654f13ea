import {
  DeviceLostError,
  DisposedError,
  GpuLimitError,
  InvalidOptionError,
  NoModelError,
  messageOf,
} from '../errors.ts';
import type { Preference } from '../history/preferences.ts';
import { fetchModel, type ModelFiles, type ModelManifest } from '../pack/model-pack.ts';
import { PendingWork } from '../pending-work.ts';
import { AlsTrainer, type EpochReport } from '../model/als-trainer.ts';
import { backendKinds, type BackendKind, type ItemTable, type ScoringTimings } from '../backends/backend.ts';
import { BackendChooser, type BackendChooserOptions, type BackendMode } from './choose-backend.ts';
import { type BackendComparison, compareBackends } from './compare-backends.ts';
import { isLost } from '../backends/device-loss.ts';
import { explain, type Explanation } from '../serving/explain.ts';
import type { FactorModel, ModelSummary } from '../model/factor-model.ts';
import { type FitOptions, oneOf } from '../model/fit-options.ts';
import { historyOf } from '../model/model-history.ts';
import { modelEquations } from '../serving/fold-in.ts';
import { readModel, writeModel } from '../model/model-files.ts';
import { prepareRecommend, type Recommendations, runRecommend } from '../serving/recommend.ts';
import type { EngineRecommendOptions, RecommendOptions } from '../serving/recommend-options.ts';
import { type Catalogue, catalogueOf } from '../serving/filter-mask.ts';
import type { BackendVerdict } from '../backends/backend-verdict.ts';
import { type Diagnostics, diagnosticsOf } from './diagnostics.ts';
import { interactionMatrix, type Interactions } from '../data/interactions.ts';
import { type SimilarItem, similarItems, type SimilarOptions } from '../serving/similar-items.ts';
import { ignoredRows } from '../serving/rules.ts';
import { ServingModel } from '../serving/serving-model.ts';
import { starterItems, type StarterOptions } from '../serving/starter-items.ts';
import { createWebGpuBackend } from '../backends/webgpu/webgpu-backend.ts';

/** Options of `Engine`. */
export interface EngineOptions extends Pick<BackendChooserOptions, 'verdicts' | 'onVerdict'> {
  /** Default `auto`. */
  readonly backend?: BackendMode;
  /** Opens the GPU; default: this thread's `navigator.gpu`. */
  readonly openWebGpu?: BackendChooserOptions['openWebGpu'];
}

/** Options of `Engine.fit`. */
export interface EngineFitOptions extends FitOptions {
  /** The visitor's preferences. They become one more training row. */
  readonly history?: readonly Preference[] | null | undefined;
  /** Aborting rejects with its reason and leaves the model of the last finished epoch. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Combines model, trainer and back ends. It runs in a worker or in Node, stores nothing and knows no visitor: every
 * request brings the preferences it needs.
 */
export class Engine {
  readonly #chooser: BackendChooser;
  #serving: ServingModel | null = null;
  #fit: AbortController | null = null;
  /** The trainer of the current fit, from its first epoch on. */
  #trainer: AlsTrainer | null = null;
  /** The trainer's epochs. */
  #epochs: AsyncGenerator<EpochReport, void, undefined> | null = null;
  #lastTimings: ScoringTimings | null = null;
  #isDisposed = false;

  constructor(options: EngineOptions = {}) {
    const { backend: mode = 'auto', ...rest } = options;
    oneOf('backend', mode, ['auto', ...backendKinds]);
    this.#chooser = new BackendChooser({ openWebGpu: createWebGpuBackend, ...rest, mode });
  }

  /**
   * The model that answers requests; null before one was loaded or trained. During a fit it is the model of the last
   * finished epoch, copied to the host when it is requested (`AlsTrainer.model`).
   */
  async model(): Promise<FactorModel | null> {
    const trained = await this.#trainer?.model();
    if (trained && trained !== this.#serving?.model) this.#install(trained);
    return this.#serving?.model ?? null;
  }

  /** The summary of the model that answers requests; null if there is none. */
  get summary(): ModelSummary | null {
    return this.#trainer?.summary ?? this.#serving?.model.summary ?? null;
  }

  /** The items of the model, for a `FilterMask`. @throws {NoModelError} */
  async catalogue(): Promise<Catalogue> {
    return catalogueOf((await this.#live()).model.items);
  }

  /** True while a fit is in progress. */
  get isFitting(): boolean {
    return this.#fit !== null;
  }

  /**
   * Loads a model and replaces the current one, which stays if loading fails.
   *
   * @param source the files, or the address of their folder
   * @throws {CorruptModelError} the files are damaged
   * @throws {ModelMismatchError} the model is of another catalogue, or its format is newer
   * @throws {InvalidDataError} the address does not answer, or answers with an error
   * @throws {InvalidOptionError} a fit is in progress
   */
  async load(
    source: ModelFiles | string | URL,
    options: { readonly catalogue?: readonly string[] | undefined } = {},
  ): Promise<ModelSummary> {
    this.#requireAlive();
    const files = typeof source === 'string' || source instanceof URL ? await fetchModel(String(source)) : source;
    const model = await readModel(files, options);
    if (this.#fit !== null) {
      throw new InvalidOptionError('A fit is under way; abort it before another model is loaded.');
    }
    this.#install(model);
    return model.summary;
  }

  /** The model as files. The same model gives the same bytes. @throws {NoModelError} */
  async save(): Promise<{ manifest: ModelManifest; tensors: Uint8Array }> {
    return writeModel((await this.#live()).model);
  }

  /** Drops the model. */
  unload(): void {
    this.#serving?.retire();
    this.#serving = null;
    this.#lastTimings = null;
  }

  /**
   * Trains a model and yields one report per epoch; from then on, that epoch's model answers requests. In `auto` the
   * back ends are measured first, once per session.
   *
   * @throws {InvalidOptionError} an option is unknown or out of range, or a fit is in progress
   * @throws {InvalidDataError} the interactions are malformed, or there is nothing to train on
   * @throws {GpuUnavailableError} the mode is `webgpu` and there is no GPU
   * @throws `signal.reason` when aborted
   */
  async *fit(interactions: Interactions, options: EngineFitOptions = {}): AsyncGenerator<EpochReport, void, undefined> {
    this.#requireAlive();
    if (this.#fit !== null) throw new InvalidOptionError('A fit is under way already; abort it or wait for its end.');
    const { signal, history, ...fitOptions } = options;
    signal?.throwIfAborted();
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(signal!.reason);
    signal?.addEventListener('abort', onAbort);
    this.#fit = abort;
    try {
      const { itemIds } = interactions;
      const trainer = new AlsTrainer(interactionMatrix(interactions), {
        ...fitOptions,
        itemIds,
        history: history ?? [],
      });
      if (this.#chooser.mode === 'auto') {
        // An abort ends this wait, but not the measurement.
        const untilAbort = new PendingWork();
        abort.signal.addEventListener('abort', () => untilAbort.endWith(abort.signal.reason as Error));
        await untilAbort.orEnd(this.#chooser.measure());
      }
      const backend = await this.#chooser.backendFor('train');
      this.#trainer = trainer;
      this.#epochs = trainer.run({
        backend,
        fallback: this.#chooser.cpu,
        reopen: (lost, reason) => this.#chooser.reopen(lost, reason),
        signal: abort.signal,
      });
      yield* this.#epochs;
      if (this.#isDisposed) throw abort.signal.reason;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      await this.model();
      this.#trainer = null;
      this.#epochs = null;
      this.#fit = null;
    }
  }

  /**
   * Recommends items for these preferences. Preferences for ids that the model does not have are ignored. If the
   * preferences say nothing about the visitor's taste, the most chosen items are returned, with the source `popular`.
   *
   * @throws {NoModelError}
   * @throws {InvalidOptionError} an option has the wrong type or is out of range
   * @throws {UnknownItemError} an id in `exclude`, `only` or `ignoreHistory` is unknown
   * @throws {ModelMismatchError} the `filter` was made for the items of another model
   * @throws {EmptyResultError} the filters exclude every item
   */
  async recommend(preferences: readonly Preference[], options: EngineRecommendOptions = {}): Promise<Recommendations> {
    const serving = await this.#live();
    const request = prepareRecommend(
      { model: serving.model, history: historyOf(preferences, serving.model.items) },
      options,
    );
    const result = await this.#serve(serving, (table, backend) => runRecommend(request, { table, backend }));
    this.#lastTimings = result.timings;
    return result;
  }

  /**
   * The items most similar to one item, or to several together, by cosine.
   *
   * @throws {NoModelError}
   * @throws {InvalidOptionError} there are no ids, or `count` is out of range
   * @throws {UnknownItemError} the model does not have an item, or an id in `exclude`
   * @throws {EmptyResultError} the items have no training data or cancel out, or the exclusions leave nothing
   */
  async similarItems(itemIds: string | readonly string[], options: SimilarOptions = {}): Promise<SimilarItem[]> {
    const serving = await this.#live();
    return this.#serve(serving, (table) => similarItems({ model: serving.model, table }, itemIds, options));
  }

  /** The visitor's factors, as many as the model has; zeros if no preference counts. @throws {NoModelError} */
  async foldIn(preferences: readonly Preference[]): Promise<Float32Array> {
    const serving = await this.#live();
    const { entries } = historyOf(preferences, serving.model.items);
    const { equations } = modelEquations([entries], serving.model);
    return this.#serve(serving, (table) => table.foldIn(equations));
  }

  /**
   * Explains exactly why an item has its score for these preferences, without those that `ignoreHistory` names.
   *
   * @throws {NoModelError}
   * @throws {InvalidOptionError} `ignoreHistory` is not an array
   * @throws {UnknownItemError} the model does not have the item, or an id in `ignoreHistory` is neither in the model
   *   nor in the preferences
   * @throws {EmptyResultError} the preferences have no item of the model
   */
  async explain(
    preferences: readonly Preference[],
    itemId: string,
    { ignoreHistory = [] }: { readonly ignoreHistory?: readonly string[] } = {},
  ): Promise<Explanation> {
    const serving = await this.#live();
    const { model } = serving;
    const whole = historyOf(preferences, model.items);
    const ignored = ignoredRows({ model, history: whole }, ignoreHistory);
    const history = { ...whole, entries: whole.entries.filter(({ itemRow }) => !ignored.has(itemRow)) };
    return this.#serve(serving, (table) => explain({ model, table }, history, itemId));
  }

  /**
   * A varied set of well-known items to ask a new visitor about. @throws {NoModelError} @throws {InvalidOptionError}
   */
  async starterItems(options: StarterOptions = {}): Promise<string[]> {
    return starterItems((await this.#live()).model, options);
  }

  /**
   * Compares the back ends; `auto` then chooses by the result. It measures once per session, and not at all if a
   * verdict for this adapter and version is stored. Takes some seconds on a software adapter: call it when idle.
   *
   * @returns null if there is nothing to measure; `diagnostics().reason` says why
   * @throws {GpuUnavailableError} the mode is `webgpu` and there is no GPU
   */
  async measureBackends(): Promise<BackendVerdict | null> {
    this.#requireAlive();
    return this.#chooser.measure();
  }

  /**
   * Opens the back end that would answer requests now, so that a missing GPU is reported at once if `webgpu` is
   * required.
   *
   * @throws {GpuUnavailableError} the mode is `webgpu` and there is no GPU
   */
  async openBackend(): Promise<void> {
    this.#requireAlive();
    await this.#chooser.backendFor('serve');
  }

  /** Which back end computes and why, and how long the last request took. Opens nothing. */
  diagnostics(): Diagnostics {
    return diagnosticsOf(this.#chooser, {
      lastTimings: this.#lastTimings,
      model: this.summary,
    });
  }

  /**
   * Runs the same request on every back end, the CPU first. Each runs it twice and the second time counts, so that no
   * compilation is timed.
   *
   * @throws the errors of `recommend`; if only one back end is missing or fails, its result has an `error` instead
   */
  async compareBackends(
    preferences: readonly Preference[],
    options: RecommendOptions = {},
  ): Promise<BackendComparison[]> {
    const serving = await this.#live();
    const request = prepareRecommend(
      { model: serving.model, history: historyOf(preferences, serving.model.items) },
      options,
    );
    return compareBackends(request, { serving, chooser: this.#chooser });
  }

  /**
   * Ends a fit in progress and frees model and device. Later calls throw `DisposedError`; disposing twice is allowed.
   */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#fit?.abort(new DisposedError('The engine was disposed of during the fit.'));
    // If nobody requests the fit's next epoch, it would keep its threads and buffers.
    void this.#epochs?.return().catch(() => undefined);
    this.unload();
    this.#chooser.dispose();
  }

  /**
   * Runs a request on the serving back end, or on the CPU if the GPU is lost or (in `auto`) too small for the model.
   */
  async #serve<Result>(
    serving: ServingModel,
    work: (table: ItemTable, backend: BackendKind) => Promise<Result>,
  ): Promise<Result> {
    const backend = await this.#chooser.backendFor('serve');
    const { kind } = backend.info;
    try {
      return await serving.use(backend, (table) => work(table, kind));
    } catch (error) {
      if (kind === 'cpu') throw error;
      if (error instanceof DeviceLostError || isLost(backend)) this.#chooser.noteLoss(backend, messageOf(error));
      else if (error instanceof GpuLimitError && this.#chooser.mode === 'auto') {
        this.#chooser.fallBack(`The CPU computes, because the model does not fit the GPU: ${error.message}`);
      } else throw error;
      return serving.use(this.#chooser.cpu, (table) => work(table, 'cpu'));
    }
  }

  #install(model: FactorModel): void {
    this.#serving?.retire();
    this.#serving = this.#isDisposed ? null : new ServingModel(model);
  }

  #requireAlive(): void {
    if (this.#isDisposed) throw new DisposedError('This engine was disposed of; make a new one.');
  }

  async #live(): Promise<ServingModel> {
    this.#requireAlive();
    await this.model();
    if (this.#serving === null) {
      throw new NoModelError('There is no model yet: call load with a model pack, or fit with interactions.');
    }
    return this.#serving;
  }
}
