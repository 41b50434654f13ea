import { DisposedError, GpuUnavailableError, messageOf } from '../errors.ts';
import { findParityFault, timeBackends } from './backend-probe.ts';
import type { Backend, BackendInfo, BackendKind, ExactBackend } from '../backends/backend.ts';
import { createCpuBackend } from '../backends/cpu/cpu-backend.ts';
import { orLost } from '../backends/device-loss.ts';
import type { BackendVerdict } from '../backends/backend-verdict.ts';
import { packageVersion } from './version.ts';

/** `auto` measures the back ends and chooses one per operation; `cpu` and `webgpu` are fixed by the caller. */
export type BackendMode = 'auto' | BackendKind;

/** What a back end is chosen for. */
export type Operation = 'serve' | 'train';

/** Options of `BackendChooser`. */
export interface BackendChooserOptions {
  readonly mode: BackendMode;
  /**
   * Opens the GPU, with `exact` for what needs double precision. Rejects with `GpuUnavailableError` if there is none.
   */
  readonly openWebGpu: (options: { readonly exact: ExactBackend }) => Promise<Backend>;
  /** The measurements of earlier visits. */
  readonly verdicts?: readonly BackendVerdict[] | undefined;
  /** Stores a verdict for later visits. If it rejects, a later visit measures again. */
  readonly onVerdict?: ((verdict: BackendVerdict) => Promise<void>) | undefined;
}

/** After this many lost devices, the GPU is not used again in this session. */
const lossesTaken = 2;

/**
 * Owns the back ends and decides which one computes what, with a reason. `auto` starts on the CPU at once and changes
 * only after `measure`. It never chooses a GPU whose answers differ.
 */
export class BackendChooser {
  readonly mode: BackendMode;
  /** The only CPU back end of this engine; whoever needs one gets this one. */
  readonly cpu: Backend & ExactBackend = createCpuBackend();
  readonly #options: BackendChooserOptions;
  #gpu: Promise<Backend> | null = null;
  #openGpu: Backend | null = null;
  #losses = 0;
  /** The last measurement; null before. Only this class writes it. */
  verdict: BackendVerdict | null = null;
  #measuring: Promise<BackendVerdict | null> | null = null;
  #choice: Record<Operation, BackendKind>;
  /** Why the back ends were chosen, in a sentence or two with the measured numbers. */
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

  /** The back end that currently serves. */
  get serving(): BackendKind {
    return this.#choice.serve;
  }

  /** The back ends that are open. */
  get available(): readonly BackendInfo[] {
    return this.#openGpu === null ? [this.cpu.info] : [this.cpu.info, this.#openGpu.info];
  }

  /** The open GPU; null if none is open. */
  get gpuInfo(): BackendInfo | null {
    return this.#openGpu?.info ?? null;
  }

  /**
   * The back end for an operation. In `auto`, the CPU replaces a GPU that cannot be opened.
   *
   * @throws {GpuUnavailableError} the mode is `webgpu` and there is no GPU
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
   * The GPU back end, opened on first use.
   *
   * @throws {GpuUnavailableError} there is no GPU
   * @throws {DisposedError} the engine was disposed of
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

  /** Takes a lost device out of service; the CPU takes over. Does nothing if it is called again for the same device. */
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
   * Opens a new device after `lost` was lost during training.
   *
   * @throws {GpuUnavailableError} devices were lost too often, or no device opens
   */
  async reopen(lost: Backend, reason: string): Promise<Backend> {
    this.noteLoss(lost, reason);
    if (this.#losses >= lossesTaken) {
      throw new GpuUnavailableError(
        `The GPU device was lost ${this.#losses} times; it is not used again in this session.`,
      );
    }
    const gpu = await this.gpu();
    if (this.mode === 'webgpu') {
      this.#choice = { serve: 'webgpu', train: 'webgpu' };
      this.reason = `The webgpu back end was asked for; its device was lost (${withoutStop(reason)}) and opened again.`;
    }
    return gpu;
  }

  /** Lets the CPU compute from now on and sets `reason`. */
  fallBack(reason: string): void {
    this.#choice = { serve: 'cpu', train: 'cpu' };
    this.reason = reason;
  }

  /**
   * Compares the GPU with the CPU, first their answers and then their times; `auto` chooses by the result. It measures
   * once per session, and not at all if an earlier visit stored a verdict for this adapter and version.
   *
   * @returns null if there is nothing to measure: the mode is `cpu`, or `auto` finds no GPU (`reason` then says why)
   * @throws {GpuUnavailableError} the mode is `webgpu` and there is no GPU
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
    // A probe may throw for a temporary reason, so the next visit tries again.
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

  /** Disposes of the back ends. */
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
