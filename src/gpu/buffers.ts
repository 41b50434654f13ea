import { DisposedError, GpuLimitError } from '../errors.ts';
import * as usage from './buffer-usage.ts';
import './dispose-symbol.ts';
import type { GpuDevice } from './device.ts';
import { roundUp } from './pack-params.ts';

/** Typed arrays that are uploaded without conversion. */
export type GpuData = Float32Array | Uint32Array;

/** A whole buffer, or the part of it that a binding or a read covers; offset and size in bytes. */
export type BufferRange = GPUBuffer | { readonly buffer: GPUBuffer; readonly offset?: number; readonly size?: number };

/**
 * Owns the labelled storage buffers of one purpose; disposing of the scope destroys them all.
 *
 * Every buffer can be bound as storage, uploaded to and copied from. Sizes are rounded up to a multiple of 16 bytes,
 * at least 16, so that a `vec4` view fits and an empty array can still be bound. The padding is zero.
 */
export class BufferScope implements Disposable {
  readonly #gpu: GpuDevice;
  readonly #label: string;
  readonly #buffers = new Set<GPUBuffer>();
  #isDisposed = false;

  constructor(gpu: GpuDevice, label: string) {
    this.#gpu = gpu;
    this.#label = label;
  }

  /**
   * Creates a zero-filled storage buffer.
   *
   * @throws {GpuLimitError} the size exceeds the device's largest buffer
   * @throws {DisposedError} the scope was disposed of
   */
  create(name: string, byteLength: number): GPUBuffer {
    if (this.#isDisposed) throw new DisposedError(`The GPU buffers of ${this.#label} were disposed of.`);
    this.#gpu.throwIfUnusable();
    const size = Math.max(16, roundUp(byteLength, 16));
    const { maxBufferSize } = this.#gpu.limits;
    if (size > maxBufferSize) {
      throw new GpuLimitError(
        `${this.#label}: ${name} needs ${size} bytes, this GPU's buffers end at ${maxBufferSize}. ` +
          'Use fewer factors or rows, or the cpu back end.',
      );
    }
    const buffer = this.#gpu.device.createBuffer({
      label: `${this.#label}: ${name}`,
      size,
      usage: usage.storage | usage.copySource | usage.copyDestination,
    });
    this.#buffers.add(buffer);
    return buffer;
  }

  /** Creates a storage buffer that holds `data`. */
  upload(name: string, data: GpuData): GPUBuffer {
    const buffer = this.create(name, data.byteLength);
    writeBuffer(this.#gpu, buffer, data);
    return buffer;
  }

  /** Destroys one buffer before the scope is disposed of. */
  free(buffer: GPUBuffer): void {
    if (this.#buffers.delete(buffer)) buffer.destroy();
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const buffer of this.#buffers) buffer.destroy();
    this.#buffers.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Queues a write of `data` to the start of the buffer. */
export function writeBuffer(gpu: GpuDevice, buffer: GPUBuffer, data: GpuData): void {
  gpu.device.queue.writeBuffer(buffer, 0, data as GpuData & ArrayBufferView<ArrayBuffer>);
}

/** Fills in the offset and size of a range, in bytes. */
export function resolveRange(range: BufferRange): {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
} {
  if (!('buffer' in range)) return { buffer: range, offset: 0, size: range.size };
  const offset = range.offset ?? 0;
  return { buffer: range.buffer, offset, size: range.size ?? range.buffer.size - offset };
}
