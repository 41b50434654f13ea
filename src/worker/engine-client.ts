import type { BackendVerdict } from '../backends/backend-verdict.ts';
import type { EpochReport } from '../model/als-trainer.ts';
import type { FitOptions } from '../model/fit-options.ts';
import type { Interactions } from '../data/interactions.ts';
import type { ModelSummary } from '../model/factor-model.ts';
import { DisposedError, InvalidOptionError, WorkerLostError, messageOf } from '../errors.ts';
import type { Preference } from '../history/preferences.ts';
import type { EnginePage, EngineSettings, ModelSource } from './engine-service.ts';
import { isPageVisible, pageVisible } from './page-visibility.ts';
import { WorkerSession, type RemoteEngine } from './worker-session.ts';

/** A model as the client keeps it, so that it can be given to a new worker if the old one dies. */
export interface ClientModel {
  readonly source: ModelSource;
  /** True if the visitor's history was among its training rows. */
  readonly includesHistory: boolean;
  /** True if it was trained on this device, in this visit or an earlier one. */
  readonly isTrainedHere: boolean;
}

/** Options of `EngineClient`. */
export interface EngineClientOptions {
  /** May be a promise, so that the worker starts while the settings are read from storage. */
  readonly settings: EngineSettings | Promise<EngineSettings>;
  /** Default: the engine's own worker. Tests pass one that they can end. */
  readonly createWorker?: () => Worker;
  /** See `SessionOptions`. */
  readonly startTimeoutMs?: number;
  /** Called with the result of measuring the back ends, to store it for the next visit. */
  readonly onVerdict?: (verdict: BackendVerdict) => Promise<void>;
  /** Called with a sentence when the worker died and another one took over. */
  readonly onNotice?: (notice: string) => void;
}

/** Options of `EngineClient.fit`. */
export interface ClientFitOptions extends FitOptions {
  /** The visitor's preferences, which become one more training row; null for none. */
  readonly history: readonly Preference[] | null;
  readonly signal?: AbortSignal;
  readonly pauseWhenHidden: boolean;
  /** Called with true when the fit starts to wait for the page to become visible, and with false when it continues. */
  readonly onPause?: (isPaused: boolean) => void;
  /** Called and awaited when the fit has ended in any way, with the model of its last finished epoch. */
  readonly onTrained: (model: ClientModel) => Promise<void>;
}

/** A fit in progress. */
interface RunningFit {
  readonly abort: AbortController;
  readonly includesHistory: boolean;
  readonly onTrained: (model: ClientModel) => Promise<void>;
  /** The worker that it runs in; null before it begins. */
  session: WorkerSession | null;
  /** True once an epoch has finished, whose model answers requests. */
  hasModel: boolean;
  /** True if its model must not be kept. */
  isDiscarded: boolean;
  /** Set once it is being ended, whatever the cause. */
  ending: Promise<void> | null;
}

/**
 * The page's side of the engine's worker. If the worker dies, requests are repeated once in a new worker with the same
 * model; a fit is not repeated.
 */
export class EngineClient implements Disposable {
  readonly #options: EngineClientOptions;
  #starting: Promise<WorkerSession> | null = null;
  /** The model that a new worker gets. */
  model: ClientModel | null = null;
  #loading: {
    readonly session: WorkerSession;
    readonly model: ClientModel;
    readonly done: Promise<ModelSummary>;
  } | null = null;
  #fit: RunningFit | null = null;
  #isDisposed = false;

  constructor(options: EngineClientOptions) {
    this.#options = options;
  }

  /** Starts the worker and the loading of the model without waiting for either. */
  warmUp(): void {
    this.#ready().catch(() => undefined); // the first request reports the error
  }

  /**
   * Loads a model and replaces the current one, which stays if loading fails.
   *
   * @throws {CorruptModelError} the files are damaged
   * @throws {ModelMismatchError} the model is of another catalogue, or its format is newer
   */
  async load(source: ModelSource, { isTrainedHere = false } = {}): Promise<ModelSummary> {
    if (this.#fit) throw new InvalidOptionError('A fit is under way; cancel it before another model is loaded.');
    const { session, summary } = await this.#repeatOnce(async () => {
      const session = await this.#session();
      return { session, summary: await session.call((remote) => remote.load(source)) };
    });
    this.model = { source, includesHistory: summary.includesHistory, isTrainedHere };
    this.#loading = { session, model: this.model, done: Promise.resolve(summary) };
    return summary;
  }

  /**
   * Drops everything that was trained with the history: ends a fit that includes it, and replaces a model that includes
   * it by `fallback`, which is loaded with the next request.
   */
  async forgetHistory(fallback: ClientModel | null): Promise<void> {
    const fit = this.#fit;
    if (fit?.includesHistory) {
      fit.isDiscarded = true;
      fit.abort.abort(new DOMException('The history was forgotten, so the fit that used it was ended.', 'AbortError'));
      await this.#endFit(fit);
    } else if (!this.model?.includesHistory) {
      return;
    }
    if (this.model?.includesHistory) this.model = fallback;
    this.#loading = null;
    if (this.#starting === null) return;
    try {
      const session = await this.#starting;
      await session.call((remote) => remote.unload());
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error; // a dead worker has no model to drop
    }
  }

  /** Sends the engine a request that changes nothing; repeats it once if the worker dies. */
  ask<Result>(question: (remote: RemoteEngine) => Promise<Result>): Promise<Result> {
    return this.#repeatOnce(async () => (await this.#ready()).call(question));
  }

  /**
   * Trains and yields one report per epoch; the model is usable after each. Nothing begins before the first `next()`.
   * However the fit ends, the model of the last finished epoch stays in use and is given to new workers, unless the
   * worker died.
   *
   * @throws {InvalidOptionError} an option is out of range, or a fit is in progress
   * @throws {WorkerLostError} the worker died; the model from before the fit is used again
   * @throws `signal.reason` when aborted
   */
  async *fit(interactions: Interactions, options: ClientFitOptions): AsyncGenerator<EpochReport, void, undefined> {
    const { history, signal, pauseWhenHidden, onPause, onTrained, ...fitOptions } = options;
    signal?.throwIfAborted();
    if (this.#fit) throw new InvalidOptionError('A fit is under way already; cancel it or wait for its end.');
    const fit: RunningFit = {
      abort: new AbortController(),
      includesHistory: history !== null,
      onTrained,
      session: null,
      hasModel: false,
      isDiscarded: false,
      ending: null,
    };
    this.#fit = fit;
    const aborted = fit.abort.signal;
    // Ends the fit at once, even if the caller does not request the next epoch.
    aborted.addEventListener('abort', () => void this.#endFit(fit));
    const forward = () => fit.abort.abort(signal?.reason);
    signal?.addEventListener('abort', forward);
    try {
      const session = await this.#readyOrWithoutModel();
      fit.session = session;
      aborted.throwIfAborted();
      await session.call((remote) => remote.startFit(interactions, { options: fitOptions, history }));
      for (;;) {
        if (pauseWhenHidden && !isPageVisible()) {
          onPause?.(true);
          await pageVisible(aborted);
          onPause?.(false);
        }
        const report = await session.call((remote) => remote.nextEpoch());
        if (report === null) return;
        fit.hasModel = true;
        yield report;
        aborted.throwIfAborted();
      }
    } catch (error) {
      throw aborted.aborted ? aborted.reason : error;
    } finally {
      signal?.removeEventListener('abort', forward);
      await this.#endFit(fit);
    }
  }

  /** Ends the worker. Pending and later calls reject with `DisposedError`. May be called twice. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#starting?.then((session) => session.dispose()).catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Ends the fit in the worker and keeps its model. Never rejects. */
  #endFit(fit: RunningFit): Promise<void> {
    fit.ending ??= this.#closeFit(fit).catch((error: unknown) => {
      // The worker died with the new model; the one from before the fit is used again.
      if (fit.hasModel) this.#options.onNotice?.(`The newly trained model was lost. ${messageOf(error)}`);
    });
    return fit.ending;
  }

  async #closeFit(fit: RunningFit): Promise<void> {
    const { session } = fit;
    try {
      if (session === null) return;
      await session.call((remote) => remote.endFit());
      if (!fit.hasModel || fit.isDiscarded) return;
      const files = await session.call((remote) => remote.save());
      const summary = await session.call((remote) => remote.summary());
      if (fit.isDiscarded || summary === null) return;
      const model = { source: { files }, includesHistory: summary.includesHistory, isTrainedHere: true };
      this.model = model;
      this.#loading = { session, model, done: Promise.resolve(summary) };
      await fit.onTrained(model);
    } finally {
      if (this.#fit === fit) this.#fit = null;
    }
  }

  async #repeatOnce<Result>(attempt: () => Promise<Result>): Promise<Result> {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error;
      this.#options.onNotice?.(`${error.message} It was started again.`);
      return attempt();
    }
  }

  /** A live worker with the model loaded. */
  async #ready(): Promise<WorkerSession> {
    const session = await this.#session();
    const model = this.model;
    // While the model of a fit answers, the older model must not replace it.
    if (model === null || (this.#fit?.hasModel && !this.#fit.isDiscarded && this.#fit.session === session))
      return session;
    if (this.#loading?.session !== session || this.#loading.model !== model) {
      const loading = { session, model, done: session.call((remote) => remote.load(model.source)) };
      this.#loading = loading;
      loading.done.catch(() => {
        if (this.#loading === loading) this.#loading = null;
      });
    }
    await this.#loading.done;
    return session;
  }

  /** A live worker, without a model if that cannot be loaded: a fit does not need one. */
  async #readyOrWithoutModel(): Promise<WorkerSession> {
    try {
      return await this.#ready();
    } catch (error) {
      if (error instanceof WorkerLostError || error instanceof DisposedError) throw error;
      return this.#session();
    }
  }

  #session(): Promise<WorkerSession> {
    if (this.#isDisposed) {
      return Promise.reject(new DisposedError('This recommender was disposed of; make a new one.'));
    }
    if (this.#starting === null) {
      const starting = this.#start(() => {
        if (this.#starting === starting) this.#starting = null;
      });
      this.#starting = starting;
      starting.catch(() => {
        if (this.#starting === starting) this.#starting = null;
      });
    }
    return this.#starting;
  }

  async #start(onEnd: () => void): Promise<WorkerSession> {
    const { createWorker = createEngineWorker, startTimeoutMs, settings, onVerdict } = this.#options;
    const page: EnginePage = { onVerdict: async (verdict) => onVerdict?.(verdict) };
    const session = await WorkerSession.start(createWorker(), { page, onEnd, startTimeoutMs });
    try {
      const given = await settings;
      await session.call((remote) => remote.start(given));
    } catch (error) {
      session.dispose();
      throw error;
    }
    return session;
  }
}

function createEngineWorker(): Worker {
  // Bundlers recognise this form, with a literal URL.
  return new Worker(new URL('./engine-worker.ts', import.meta.url), { type: 'module', name: 'pocketrec-engine' });
}
