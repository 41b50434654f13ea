import { DeviceLostError, DisposedError, GpuLimitError, GpuUnavailableError } from '../errors.ts';
import { PendingWork } from '../pending-work.ts';
import './dispose-symbol.ts';
import { UniformArena } from './uniform-arena.ts';
import { loadWgsl } from './wgsl-text.ts';

/** The limits that chunking goes by. Lowered by a parameter in tests, so that chunking shows with small data. */
export interface GpuLimits {
  /** Largest storage buffer binding in bytes; WebGPU guarantees 128 MiB. */
  readonly maxStorageBufferBindingSize: number;
  /** Largest buffer in bytes; WebGPU guarantees 256 MiB. */
  readonly maxBufferSize: number;
  /** Workgroups along one dimension of a dispatch; WebGPU guarantees 65,535. */
  readonly maxComputeWorkgroupsPerDimension: number;
}

/** Bytes of the largest array that one binding can show. */
export function largestBinding(limits: GpuLimits): number {
  return Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
}

/** Options of `openGpu`. */
export interface OpenGpuOptions {
  /** Where adapters come from; default `navigator.gpu`. */
  readonly gpu?: GPU | undefined;
  /** Ask for the software adapter; default false. */
  readonly forceFallback?: boolean | undefined;
  /** Lower limits than the device has. Values above the device's are clamped to it. */
  readonly limits?: Partial<GpuLimits> | undefined;
}

/** What a pending `mapAsync` is rejected with when the device goes: by Chromium, and by Dawn for Node. */
const lossLikeNames: ReadonlySet<string> = new Set(['AbortError', 'OperationError']);

/** Chromium rejects a pending map before it resolves `device.lost`; by how much depends on the load. */
const lossDelayMs = 1000;

/** Buffers above 1 GiB are not asked for: element indices stay far below 2³². */
const largestUsefulBuffer = 2 ** 30;

const softwareAdapter = /swiftshader|llvmpipe|lavapipe|softpipe|\bwarp\b|basic render|software/i;

/**
 * Opens the one device that the engine computes on. Timestamps are requested where the adapter has them.
 *
 * @throws {GpuUnavailableError} no WebGPU here, no adapter, or an adapter that gives no device
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
      // Times are told where they can be taken, subgroups used where there are any; every answer is the same without.
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
 * Owner of one `GPUDevice`: its facts, its loss, its uncaptured errors. Disposing destroys the device and every
 * buffer on it; a loss that follows from disposing is not reported.
 */
export class GpuDevice implements Disposable {
  readonly device: GPUDevice;
  /** For people, e.g. `google swiftshader (software)`. */
  readonly adapterName: string;
  /** True where the "GPU" is emulated on the CPU. */
  readonly isSoftware: boolean;
  readonly limits: GpuLimits;
  /** Lanes of the smallest subgroup; 0 where the device has none. */
  readonly subgroupSize: number;
  /** Resolves with the reason when the device is lost; never after a deliberate `dispose`. */
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
      event.preventDefault(); // reported by the next read instead of on the console alone
      this.#uncaptured ??= event.error;
    });
  }

  /**
   * Called before work is handed to the device.
   *
   * @throws {DisposedError} after `dispose`
   * @throws {DeviceLostError} after a loss
   */
  throwIfUnusable(): void {
    if (this.#pending.end) throw this.#pending.end;
  }

  /**
   * Throws the oldest error that no error scope caught since the last call, and forgets it.
   *
   * @throws {GpuLimitError} out of memory
   * @throws {Error} a validation or internal error, ours by definition
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
   * `promise`, or a rejection as soon as the device is lost or disposed of: a pending `mapAsync` of a lost device
   * may never settle.
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
    if (this.#pending.end) return new Promise(() => {}); // our own doing is no loss
    const cause = message || reason || 'unknown';
    this.#pending.endWith(
      new DeviceLostError(`The GPU device ${this.adapterName} was lost: ${cause}. Open another one.`),
    );
    return cause;
  }

  /** Throws a loss that is on its way; returns where none comes. */
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
