import { createBirpc } from 'birpc';
import type { BackendMode } from '../engine/choose-backend.ts';
import { Engine } from '../engine/engine.ts';
import type { BackendVerdict } from '../backends/backend-verdict.ts';
import type { EpochReport } from '../model/als-trainer.ts';
import type { FitOptions } from '../model/fit-options.ts';
import type { Interactions } from '../data/interactions.ts';
import type { ModelSummary } from '../model/factor-model.ts';
import type { Preference } from '../history/preferences.ts';
import type { ModelFiles } from '../pack/model-pack.ts';
import { callChannel, type Port } from './call-channel.ts';

/** The settings of a new engine. */
export interface EngineSettings {
  readonly backend: BackendMode;
  /** The measurements of earlier visits. */
  readonly verdicts: readonly BackendVerdict[];
}

/** Where a model comes from: an absolute address or files; and the catalogue that it must match. */
export interface ModelSource {
  readonly url?: string;
  readonly files?: ModelFiles;
  readonly catalogue?: readonly string[] | undefined;
}

/** A request for a fit, as sent to the worker. */
export interface FitRequest {
  readonly options: FitOptions;
  readonly history: readonly Preference[] | null;
}

/** The functions that the page offers to its worker. */
export interface EnginePage {
  /** Stores the result of a measurement for the next visit. */
  onVerdict(verdict: BackendVerdict): Promise<void>;
}

/** The functions that the worker offers to its page: the methods of the service and those of its engine. */
export type EngineFunctions = EngineService & Omit<Engine, keyof EngineService>;

/**
 * The engine as the page calls it: every argument and result can be cloned, `endFit` takes the place of an AbortSignal,
 * and the page requests the epochs of a fit one by one. `engine-worker.ts` offers one service.
 */
export class EngineService {
  readonly #page: EnginePage;
  /** Created by `start`. */
  #engine!: Engine;
  #fit: { readonly epochs: AsyncGenerator<EpochReport, void>; readonly abort: AbortController } | null = null;

  private constructor(port: Port) {
    this.#page = createBirpc<EnginePage, this>(this, {
      ...callChannel(port),
      resolver: (name, own) =>
        own ?? ((...given) => Reflect.apply(Reflect.get(this.#engine, name), this.#engine, given)),
      // A result that cannot be cloned becomes an error of its call.
      onGeneralError: () => true,
    });
  }

  /** Offers a service to the page at a port. */
  static offer(port: Port): void {
    void new EngineService(port);
  }

  /**
   * Resolves once this worker holds the Web Lock. It keeps the lock for life: if the lock becomes free, it has died.
   */
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

  /** Creates the engine; must be called before everything else except `holdLock`. */
  start(settings: EngineSettings): void {
    this.#engine = new Engine({ ...settings, onVerdict: (verdict) => this.#page.onVerdict(verdict) });
  }

  /** See `Engine.load`. */
  load({ url, files, catalogue }: ModelSource): Promise<ModelSummary> {
    return this.#engine.load(files ?? url!, { catalogue });
  }

  /** Drops the model; ends a fit first. */
  async unload(): Promise<void> {
    await this.endFit();
    this.#engine.unload();
  }

  /** The summary of the current model; null if there is none. */
  summary(): ModelSummary | null {
    return this.#engine.summary;
  }

  /** Begins a fit; nothing is computed before the first `nextEpoch`. */
  startFit(interactions: Interactions, { options, history }: FitRequest): void {
    const abort = new AbortController();
    const epochs = this.#engine.fit(interactions, { ...options, history, signal: abort.signal });
    this.#fit = { epochs, abort };
  }

  /** Computes the next epoch of the fit; null after the last. Throws the errors of `Engine.fit`. */
  async nextEpoch(): Promise<EpochReport | null> {
    const { done, value } = await this.#fit!.epochs.next();
    return done ? null : value;
  }

  /** Ends a fit in progress at once; resolves when it has ended. The model of its last finished epoch stays. */
  async endFit(): Promise<void> {
    const fit = this.#fit;
    if (fit === null) return;
    fit.abort.abort();
    await fit.epochs.return();
    if (this.#fit === fit) this.#fit = null;
  }
}
