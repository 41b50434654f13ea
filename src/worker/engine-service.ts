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

/** What a worker needs to begin with. */
export interface EngineSettings {
  readonly backend: BackendMode;
  /** What earlier visits measured. */
  readonly verdicts: readonly BackendVerdict[];
}

/** Where a model comes from: an absolute address, or else files; and the catalogue that it must be of. */
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

/** What the page offers to its worker. */
export interface EnginePage {
  /** Keeps what a measurement said for the next visit. */
  onVerdict(verdict: BackendVerdict): Promise<void>;
}

/** What the worker offers to its page: the methods of the service, and those of its engine. */
export type EngineFunctions = EngineService & Omit<Engine, keyof EngineService>;

/**
 * The engine as the page calls it: every argument and answer survives a structured clone, an AbortSignal becomes
 * `endFit`, and the epochs of a fit are pulled one by one. `engine-worker.ts` offers one of these.
 */
export class EngineService {
  readonly #page: EnginePage;
  /** Made by `start`. */
  #engine!: Engine;
  #fit: { readonly epochs: AsyncGenerator<EpochReport, void>; readonly abort: AbortController } | null = null;

  private constructor(port: Port) {
    this.#page = createBirpc<EnginePage, this>(this, {
      ...callChannel(port),
      resolver: (name, own) =>
        own ?? ((...given) => Reflect.apply(Reflect.get(this.#engine, name), this.#engine, given)),
      // An answer that cannot be cloned becomes an error of its call.
      onGeneralError: () => true,
    });
  }

  /** Offers a service to the page at a port. */
  static offer(port: Port): void {
    void new EngineService(port);
  }

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

  /** Makes the engine; comes before everything else but the lock. */
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

  /** What is loaded; null where nothing is. */
  summary(): ModelSummary | null {
    return this.#engine.summary;
  }

  /** Begins a fit; nothing is computed before the first `nextEpoch`. */
  startFit(interactions: Interactions, { options, history }: FitRequest): void {
    const abort = new AbortController();
    const epochs = this.#engine.fit(interactions, { ...options, history, signal: abort.signal });
    this.#fit = { epochs, abort };
  }

  /** The next finished epoch of the fit that was begun; null after the last. Errors are those of `Engine.fit`. */
  async nextEpoch(): Promise<EpochReport | null> {
    const { done, value } = await this.#fit!.epochs.next();
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
}
