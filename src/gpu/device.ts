import { DeviceLostError, DisposedError, GpuLimitError, GpuUnavailableError } from '../errors.ts';
import { PendingWork } from '../pending-work.ts';
import './dispose-symbol.ts';
import { UniformArena } from './uniform-arena.ts';
import { loadWgsl } from './wgsl-text.ts';

/** The limits that decide how work is cut into chunks. Tests lower them, so that small data is chunked too. */
export interface GpuLimits {
  /** Largest storage buffer binding in bytes; WebGPU guarantees 128 MiB. */
  readonly maxStorageBufferBindingSize: number;
  /** Largest buffer in bytes; WebGPU guarantees 256 MiB. */
  readonly maxBufferSize: number;
  /** Workgroups along one dimension of a dispatch; WebGPU guarantees 65,535. */
  readonly maxComputeWorkgroupsPerDimension: number;
}

/** Bytes of the largest array that fits one binding. */
export function largestBinding(limits: GpuLimits): number {
  return Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
}

/** Options of `openGpu`. */
export interface OpenGpuOptions {
  /** Where adapters come from; default `navigator.gpu`. */
  readonly gpu?: GPU | undefined;
  /** Ask for the software adapter; default false. */
  readonly forceFallback?: boolean | undefined;
  /** Limits below the device's own; larger values are clamped to the device's. */
  readonly limits?: Partial<GpuLimits> | undefined;
}

/** Names of the errors with which Chromium and Dawn for Node reject a pending `mapAsync` when the device is lost. */
const lossLikeNames: ReadonlySet<string> = new Set(['AbortError', 'OperationError']);

/** Chromium rejects a pending map before it resolves `device.lost`; the delay between the two depends on the load. */
const lossDelayMs = 1000;

/** The largest buffer to request. It keeps element indices far below 2³². */
const largestUsefulBuffer = 2 ** 30;

const softwareAdapter = /swiftshader|llvmpipe|lavapipe|softpipe|\bwarp\b|basic render|software/i;

/**
 * Opens the device that the engine computes on.
 *
 * @throws {GpuUnavailableError} WebGPU is missing, there is no adapter, or the adapter gives no device
 */
export async function openGpu(options: OpenGpuOptions = {}): Promise<GpuDevice> {
  const gpu = options.gpu ?? (globalThis.navigator as Navigator | undefined)?.gpu;
  if (!gpu) {
    throw new GpuUnavailableError(
      'This browser has no WebGPU (navigator.gpu is missing). Use the cpu back end, or another browser.',
    );
  }
  const adapter = await gpu.requestAdapter({ forceFallbackAdapter: options.forceFallback ?? false });
  if (!adapter) {
    throw new GpuUnavailableError(
      'WebGPU gives no adapter here: the GPU is blocked, missing or switched off. Use the cpu back end.',
    );
  }
  const capped = (name: 'maxStorageBufferBindingSize' | 'maxBufferSize'): number =>
    Math.min(adapter.limits[name], largestUsefulBuffer);
  let device: GPUDevice;
  try {
    await loadWgsl();
    device = await adapter.requestDevice({
      label: 'pocketrec',
      // Optional: timestamps only report times. Without subgroups other kernels solve the same equations.
      requiredFeatures: (['timestamp-query', 'subgroups'] as const).filter((feature) => adapter.features.has(feature)),
      requiredLimits: {
        maxStorageBufferBindingSize: capped('maxStorageBufferBindingSize'),
        maxBufferSize: capped('maxBufferSize'),
      },
    });
  } catch (cause) {
    throw new GpuUnavailableError(
      `The WebGPU adapter ${describeAdapter(adapter.info)} gave no device: ${String(cause)}. Use the cpu back end.`,
      { cause },
    );
  }
  return new GpuDevice(device, { info: adapter.info, limits: options.limits ?? {} });
}

/**
 * Owns one `GPUDevice`: knows its name and limits, watches for its loss and collects its uncaptured errors. Disposing
 * destroys the device and every buffer on it, which is not reported as a loss.
 */
export class GpuDevice implements Disposable {
  readonly device: GPUDevice;
  /** The adapter's name as shown to people, e.g. `google swiftshader (software)`. */
  readonly adapterName: string;
  /** True where the "GPU" is emulated on the CPU. */
  readonly isSoftware: boolean;
  readonly limits: GpuLimits;
  /** Invocations of the smallest subgroup; 0 without the feature `subgroups`. */
  readonly subgroupSize: number;
  /** Resolves with the reason when the device is lost; stays pending after `dispose`. */
  readonly lost: Promise<string>;
  /** Space for the parameters of encoded dispatches, reused between submits. */
  readonly uniforms: UniformArena;

  #uncaptured: GPUError | null = null;
  readonly #pending = new PendingWork();

  constructor(device: GPUDevice, facts: { readonly info: GPUAdapterInfo; readonly limits: Partial<GpuLimits> }) {
    this.device = device;
    this.isSoftware = isSoftwareAdapter(facts.info);
    this.adapterName = describeAdapter(facts.info);
    const limit = (name: keyof GpuLimits): number => Math.min(facts.limits[name] ?? Infinity, device.limits[name]);
    this.limits = {
      maxStorageBufferBindingSize: limit('maxStorageBufferBindingSize'),
      maxBufferSize: limit('maxBufferSize'),
      maxComputeWorkgroupsPerDimension: limit('maxComputeWorkgroupsPerDimension'),
    };
    this.subgroupSize = device.features.has('subgroups') ? (facts.info.subgroupMinSize ?? 0) : 0;
    this.uniforms = new UniformArena(device);
    this.lost = this.#watchLoss();
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault(); // The next read throws it; without this the console would report it as well.
      this.#uncaptured ??= event.error;
    });
  }

  /**
   * Throws if the device cannot take work; called before work is handed to it.
   *
   * @throws {DisposedError} the device was disposed of
   * @throws {DeviceLostError} the device was lost
   */
  throwIfUnusable(): void {
    if (this.#pending.end) throw this.#pending.end;
  }

  /**
   * Throws the first error since the last call that no error scope caught, and forgets it.
   *
   * @throws {GpuLimitError} the GPU ran out of memory
   * @throws {Error} a validation or internal error, which is always a fault of this code
   */
  throwIfFailed(): void {
    const error = this.#uncaptured;
    if (!error) return;
    this.#uncaptured = null;
    if (error.constructor.name === 'GPUOutOfMemoryError') {
      throw new GpuLimitError(`The GPU ran out of memory: ${error.message} Use fewer factors, or the cpu back end.`);
    }
    throw new Error(`Internal: the GPU refused a command: ${error.message}`);
  }

  /**
   * Waits for `promise`, but rejects as soon as the device is lost or disposed of: a pending `mapAsync` of a lost
   * device may never settle.
   *
   * @throws {DeviceLostError} the device was lost first
   * @throws {DisposedError} the device was disposed of first
   */
  async orLost<Value>(promise: Promise<Value>): Promise<Value> {
    this.throwIfUnusable();
    try {
      return await this.#pending.orEnd(promise);
    } catch (error) {
      if (error instanceof Error && lossLikeNames.has(error.name)) await this.#awaitLoss();
      throw error;
    }
  }

  dispose(): void {
    this.#pending.endWith(new DisposedError('The GPU device was disposed of; open another one.'));
    this.device.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #watchLoss(): Promise<string> {
    const { reason, message } = await this.device.lost;
    if (this.#pending.end) return new Promise(() => {}); // destroyed by `dispose`
    const cause = message || reason || 'unknown';
    this.#pending.endWith(
      new DeviceLostError(`The GPU device ${this.adapterName} was lost: ${cause}. Open another one.`),
    );
    return cause;
  }

  /** Waits for a loss that may follow a rejected map, and throws it; returns if none comes within `lossDelayMs`. */
  async #awaitLoss(): Promise<void> {
    let timeout: ReturnType<typeof setTimeout> | undefined;
    const elapsed = new Promise<void>((resolve) => {
      timeout = setTimeout(resolve, lossDelayMs);
    });
    await Promise.race([this.lost, elapsed]);
    clearTimeout(timeout);
    this.throwIfUnusable();
  }
}

function isSoftwareAdapter(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || softwareAdapter.test(`${info.architecture} ${info.device} ${info.description}`);
}

function describeAdapter(info: GPUAdapterInfo): string {
  const name = [info.vendor, info.architecture].filter(Boolean).join(' ') || info.description || 'unnamed adapter';
  return isSoftwareAdapter(info) ? `${name} (software)` : name;
}
