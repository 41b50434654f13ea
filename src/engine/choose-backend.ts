import { DisposedError, GpuUnavailableError, messageOf } from '../errors.ts';
import { findParityFault, timeBackends } from './backend-probe.ts';
import type { Backend, BackendInfo, BackendKind, ExactBackend } from '../backends/backend.ts';
import { createCpuBackend } from '../backends/cpu/cpu-backend.ts';
import { orLost } from '../backends/device-loss.ts';
import type { BackendVerdict } from '../backends/backend-verdict.ts';
import { packageVersion } from './version.ts';

/** `auto` measures and chooses per operation; the others are the caller's order. */
export type BackendMode = 'auto' | BackendKind;

/** What a back end is chosen for. */
export type Operation = 'serve' | 'train';

/** Options of `BackendChooser`. */
export interface BackendChooserOptions {
  readonly mode: BackendMode;
  /** Opens the GPU, with the CPU for what needs double precision; rejects with `GpuUnavailableError` where there is none. */
  readonly openWebGpu: (options: { readonly exact: ExactBackend }) => Promise<Backend>;
  /** What earlier visits measured. */
  readonly verdicts?: readonly BackendVerdict[] | undefined;
  /** Keeps a verdict for later visits; a rejection only means measuring again. */
  readonly onVerdict?: ((verdict: BackendVerdict) => Promise<void>) | undefined;
}

/** After this many lost devices the GPU is left alone for the rest of the session. */
const lossesTaken = 2;

/**
 * Owns the back ends and says which one computes what, and why. `auto` starts on the CPU at once and changes only
 * after `measure`; a GPU that answers differently is never chosen.
 */
export class BackendChooser {
  readonly mode: BackendMode;
  /** The one CPU back end of this engine: others who need it are handed it, and make none. */
  readonly cpu: Backend & ExactBackend = createCpuBackend();
  readonly #options: BackendChooserOptions;
  #gpu: Promise<Backend> | null = null;
  #openGpu: Backend | null = null;
  #losses = 0;
  /** The last measurement; null before. Others only read it. */
  verdict: BackendVerdict | null = null;
  #measuring: Promise<BackendVerdict | null> | null = null;
  #choice: Record<Operation, BackendKind>;
  /** Why the back ends are what they are, in a sentence or two with the numbers. */
  reason: string;
  #isDisposed = false;

  constructor(options: BackendChooserOptions) {
    this.mode = options.mode;
    this.#options = options;
    const kind = options.mode === 'webgpu' ? 'webgpu' : 'cpu';
    this.#choice = { serve: kind, train: kind };
    this.reason =
      options.mode === 'auto'
        ? 'Started on the CPU, which is ready at once; the GPU has not been measured yet.'
        : `The ${options.mode} back end was asked for.`;
  }

  /** The back end that serves at present. */
  get serving(): BackendKind {
    return this.#choice.serve;
  }

  /** Facts about the back ends that are open. */
  get available(): readonly BackendInfo[] {
    return this.#openGpu === null ? [this.cpu.info] : [this.cpu.info, this.#openGpu.info];
  }

  /** The open GPU's facts; null where none is open. */
  get gpuInfo(): BackendInfo | null {
    return this.#openGpu?.info ?? null;
  }

  /**
   * The back end for an operation.
   *
   * @throws {GpuUnavailableError} `webgpu` was asked for, and there is none
   */
  async backendFor(operation: Operation): Promise<Backend> {
    if (this.#choice[operation] === 'cpu') return this.cpu;
    if (this.mode === 'webgpu') return this.gpu();
    try {
      return await this.gpu();
    } catch (error) {
      this.fallBack(`${messageOf(error)} The CPU computes.`);
      return this.cpu;
    }
  }

  /**
   * The GPU, opened on first use.
   *
   * @throws {GpuUnavailableError} there is none
   */
  gpu(): Promise<Backend> {
    if (this.#isDisposed) return Promise.reject(new DisposedError('This engine was disposed of; make a new one.'));
    this.#gpu ??= this.#open();
    return this.#gpu;
  }

  async #open(): Promise<Backend> {
    let gpu: Backend;
    try {
      gpu = await this.#options.openWebGpu({ exact: this.cpu });
    } catch (error) {
      this.#gpu = null;
      if (error instanceof GpuUnavailableError) throw error;
      throw new GpuUnavailableError(`The WebGPU back end could not be opened: ${messageOf(error)}`, { cause: error });
    }
    if (this.#isDisposed) {
      gpu.dispose();
      throw new DisposedError('This engine was disposed of; make a new one.');
    }
    this.#openGpu = gpu;
    void gpu.lost.then((reason) => this.noteLoss(gpu, reason));
    return gpu;
  }

  /** Takes a lost device out of service; the CPU goes on. Called again for the same device it does nothing. */
  noteLoss(gpu: Backend, reason: string): void {
    if (this.#openGpu !== gpu) return;
    this.#openGpu = null;
    this.#gpu = null;
    this.#measuring = null;
    this.#losses++;
    this.fallBack(`The GPU device was lost (${withoutStop(reason)}); the CPU has taken over.`);
    gpu.dispose();
  }

  /**
   * Opens a device again after `lost` was lost, for training that was under way.
   *
   * @throws {GpuUnavailableError} too many losses, or no device
   */
  async reopen(lost: Backend, reason: string): Promise<Backend> {
    this.noteLoss(lost, reason);
    if (this.#losses >= lossesTaken) {
      throw new GpuUnavailableError(`The GPU device was lost ${this.#losses} times; it is left alone in this session.`);
    }
    const gpu = await this.gpu();
    if (this.mode === 'webgpu') {
      this.#choice = { serve: 'webgpu', train: 'webgpu' };
      this.reason = `The webgpu back end was asked for; its device was lost (${withoutStop(reason)}) and opened again.`;
    }
    return gpu;
  }

  /** Leaves the GPU for the CPU, for a reason that `reason` then gives. */
  fallBack(reason: string): void {
    this.#choice = { serve: 'cpu', train: 'cpu' };
    this.reason = reason;
  }

  /**
   * Compares the GPU with the CPU, answers first and times second, and in `auto` chooses by the result. Measured once
   * a session; a verdict kept from an earlier visit with this adapter and version spares it.
   *
   * @returns null where there is nothing to measure: mode `cpu`, or no GPU (`reason` then says why)
   */
  measure(): Promise<BackendVerdict | null> {
    this.#measuring ??= this.#measure();
    return this.#measuring;
  }

  async #measure(): Promise<BackendVerdict | null> {
    if (this.mode === 'cpu' || this.#losses >= lossesTaken) return null;
    let gpu: Backend;
    try {
      gpu = await this.gpu();
    } catch (error) {
      if (this.mode === 'webgpu' || error instanceof DisposedError) throw error;
      this.fallBack(`The CPU computes: ${messageOf(error)}`);
      return null;
    }
    const adapter = gpu.info.adapter ?? 'unknown adapter';
    const version = packageVersion;
    const { verdicts, onVerdict } = this.#options;
    const kept = verdicts?.find((verdict) => verdict.adapter === adapter && verdict.version === version);
    if (kept !== undefined) return this.#decide(kept, ' (measured on an earlier visit)');

    let fault: string | null;
    let times: Pick<BackendVerdict, 'serve' | 'train'> = {
      serve: { cpuMs: 0, gpuMs: 0 },
      train: { cpuMs: 0, gpuMs: 0 },
    };
    let parity: BackendVerdict['parity'];
    try {
      fault = await orLost(gpu, findParityFault(this.cpu, gpu));
      parity = fault === null ? 'equal' : 'different';
      if (parity === 'equal') times = await orLost(gpu, timeBackends(this.cpu, gpu));
    } catch (error) {
      fault = messageOf(error);
      parity = 'failed';
    }
    const measuredAt = Math.round(performance.timeOrigin + performance.now());
    const verdict: BackendVerdict = { adapter, version, parity, ...times, measuredAt };
    // A probe that threw may have met a passing trouble: it is tried again at the next visit.
    if (parity !== 'failed') await onVerdict?.(verdict).catch(() => undefined);
    return this.#decide(verdict, fault === null ? '' : `: ${fault}`);
  }

  #decide(verdict: BackendVerdict, detail: string): BackendVerdict {
    this.verdict = verdict;
    const { adapter, parity, serve, train } = verdict;
    if (parity !== 'equal') {
      const what = parity === 'different' ? 'answers differently from the CPU' : 'failed the comparison with the CPU';
      const finding = `${adapter} ${what}${withoutStop(detail)}`;
      if (this.mode === 'webgpu') this.reason = `The webgpu back end was asked for, although ${finding}.`;
      else this.fallBack(`The CPU computes, because ${finding}.`);
      return verdict;
    }
    const times =
      `one request takes ${milliseconds(serve.cpuMs)} on the CPU and ${milliseconds(serve.gpuMs)} on ${adapter}, ` +
      `one training epoch ${milliseconds(train.cpuMs)} and ${milliseconds(train.gpuMs)}${detail}`;
    if (this.mode === 'webgpu') {
      this.reason = `The webgpu back end was asked for; both answer alike, and ${times}.`;
      return verdict;
    }
    this.#choice = {
      serve: serve.gpuMs < serve.cpuMs ? 'webgpu' : 'cpu',
      train: train.gpuMs < train.cpuMs ? 'webgpu' : 'cpu',
    };
    const named = (kind: BackendKind): string => (kind === 'cpu' ? 'the CPU' : 'the GPU');
    const { serve: server, train: trainer } = this.#choice;
    const chosen =
      server === trainer
        ? `${named(server)} serves and trains`
        : `${named(server)} serves and ${named(trainer)} trains`;
    this.reason = `Measured, ${chosen}: ${times}.`;
    return verdict;
  }

  /** Closes the GPU. */
  dispose(): void {
    this.#isDisposed = true;
    this.#openGpu?.dispose();
    this.#openGpu = null;
    this.cpu.dispose();
  }
}

function milliseconds(time: number): string {
  return `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`;
}

function withoutStop(text: string): string {
  return text.replace(/\.$/u, '');
}
