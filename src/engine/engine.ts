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

/** What `Engine.fit` takes besides `FitOptions`. */
export interface EngineFitOptions extends FitOptions {
  /** The visitor's preferences, as one more training row. */
  readonly history?: readonly Preference[] | null | undefined;
  /** Aborting rejects with its reason and leaves the model of the last finished epoch. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Model, trainer and back ends under one roof. It runs in a worker or in Node, stores nothing and knows nobody: every
 * request brings its preferences along.
 */
export class Engine {
  readonly #chooser: BackendChooser;
  #serving: ServingModel | null = null;
  #fit: AbortController | null = null;
  /** The fit under way, from its first epoch on. */
  #trainer: AlsTrainer | null = null;
  /** Its epochs. */
  #epochs: AsyncGenerator<EpochReport, void, undefined> | null = null;
  #lastTimings: ScoringTimings | null = null;
  #isDisposed = false;

  constructor(options: EngineOptions = {}) {
    const { backend: mode = 'auto', ...rest } = options;
    oneOf('backend', mode, ['auto', ...backendKinds]);
    this.#chooser = new BackendChooser({ openWebGpu: createWebGpuBackend, ...rest, mode });
  }

  /**
   * The model that answers; null before one was loaded or trained. During a fit it is that of the last finished epoch,
   * brought to the host when it is asked for (`AlsTrainer.model`).
   */
  async model(): Promise<FactorModel | null> {
    const trained = await this.#trainer?.model();
    if (trained && trained !== this.#serving?.model) this.#install(trained);
    return this.#serving?.model ?? null;
  }

  /** What is known of the model that answers; null where there is none. */
  get summary(): ModelSummary | null {
    return this.#trainer?.summary ?? this.#serving?.model.summary ?? null;
  }

  /** The items of the model, for a `FilterMask`. @throws {NoModelError} */
  async catalogue(): Promise<Catalogue> {
    return catalogueOf((await this.#live()).model.items);
  }

  /** True while a fit is under way. */
  get isFitting(): boolean {
    return this.#fit !== null;
  }

  /**
   * Loads a model in place of the present one, which stays where loading fails.
   *
   * @param source the files, or the address of the folder that has them
   * @throws {CorruptModelError} the files are damaged
   * @throws {ModelMismatchError} they are of another catalogue, or of a newer format
   * @throws {InvalidDataError} the address answers with an error
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
   * Trains a model: one report per epoch, and when it arrives requests are answered by the epoch's model. In `auto` the
   * back ends are measured first, once a session.
   *
   * @throws {InvalidOptionError} an option out of range, or a fit is under way
   * @throws {InvalidDataError} interactions that are malformed, or nothing to train on
   * @throws {GpuUnavailableError} `webgpu` was asked for and there is none
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
        // The measurement itself goes on.
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
   * Recommends for these preferences. Ids that the model does not have are left out; with nothing to go by, the most
   * chosen items come back with the source `popular`.
   *
   * @throws {NoModelError}
   * @throws {InvalidOptionError} `count` or `reasons` out of range
   * @throws {UnknownItemError} an unknown id in `exclude`, `only` or `ignoreHistory`
   * @throws {ModelMismatchError} a `filter` that was made for the items of another model
   * @throws {EmptyResultError} filters that leave nothing
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
   * The items most like one, or like several together, by cosine.
   *
   * @throws {NoModelError}
   * @throws {InvalidOptionError} an empty array, or `count` out of range
   * @throws {UnknownItemError} an item, or an id in `exclude`, that the model does not have
   * @throws {EmptyResultError} items without training data, or exclusions that leave nothing
   */
  async similarItems(itemIds: string | readonly string[], options: SimilarOptions = {}): Promise<SimilarItem[]> {
    const serving = await this.#live();
    return this.#serve(serving, (table) => similarItems({ model: serving.model, table }, itemIds, options));
  }

  /** The visitor's factors, as many as the model has; zeros for preferences that say nothing. @throws {NoModelError} */
  async foldIn(preferences: readonly Preference[]): Promise<Float32Array> {
    const serving = await this.#live();
    const { entries } = historyOf(preferences, serving.model.items);
    const { equations } = modelEquations([entries], serving.model);
    return this.#serve(serving, (table) => table.foldIn(equations));
  }

  /**
   * Why an item has its score for these preferences, exactly; for those that `ignoreHistory` leaves.
   *
   * @throws {NoModelError}
   * @throws {InvalidOptionError} `ignoreHistory` is no array
   * @throws {UnknownItemError} an item that the model does not have, or an id in `ignoreHistory` that neither has
   * @throws {EmptyResultError} preferences without any item of the model
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

  /** A varied, well-known set of ids to ask a new visitor about. @throws {NoModelError} @throws {InvalidOptionError} */
  async starterItems(options: StarterOptions = {}): Promise<string[]> {
    return starterItems((await this.#live()).model, options);
  }

  /**
   * Compares the back ends and, in `auto`, chooses by the result; once a session, and not at all where an earlier
   * verdict for this adapter is kept. Takes some seconds on a software adapter: call it when idle.
   *
   * @returns null where there is nothing to measure; `diagnostics().reason` says why
   */
  async measureBackends(): Promise<BackendVerdict | null> {
    this.#requireAlive();
    return this.#chooser.measure();
  }

  /**
   * Opens the back end that would answer now, so that one which is insisted on and missing is known at once.
   *
   * @throws {GpuUnavailableError} `backend: 'webgpu'` without a GPU
   */
  async openBackend(): Promise<void> {
    this.#requireAlive();
    await this.#chooser.backendFor('serve');
  }

  /** What computes, why, and how long the last request took. Opens nothing. */
  diagnostics(): Diagnostics {
    return diagnosticsOf(this.#chooser, {
      lastTimings: this.#lastTimings,
      model: this.summary,
    });
  }

  /**
   * The same request on every back end that this device has, the CPU first. Each runs twice and the second time
   * counts, so that no compilation is timed.
   *
   * @throws as `recommend`; what goes wrong on one back end stands in its `error` instead
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

  /** Ends a fit under way, frees model and device. Every later call is a `DisposedError`; disposing twice is quiet. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#fit?.abort(new DisposedError('The engine was disposed of during the fit.'));
    // A fit whose next epoch nobody asks for would keep its threads and its buffers.
    void this.#epochs?.return().catch(() => undefined);
    this.unload();
    this.#chooser.dispose();
  }

  /** Runs a request where serving was chosen; on the CPU instead where the GPU is lost or too small for the model. */
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
