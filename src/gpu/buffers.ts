import { DisposedError, GpuLimitError } from '../errors.ts';
import { bufferUsage, mapModeRead } from './buffer-usage.ts';
import './dispose-symbol.ts';
import type { GpuDevice } from './device.ts';
import { roundUp } from './uniform-struct.ts';

/** Typed arrays that upload as they are. */
export type GpuData = Float32Array | Uint32Array | Int32Array | Uint16Array | Int8Array | Uint8Array;

/** A buffer, or the part of it that a binding or a read covers; bytes. */
export type BufferRange = GPUBuffer | { readonly buffer: GPUBuffer; readonly offset?: number; readonly size?: number };

/**
 * Owns labelled storage buffers of one purpose; disposing destroys them all.
 *
 * Every buffer can be bound as storage, uploaded to, and copied from. Sizes are rounded up to 16 bytes (at least
 * 16), so that a view as `vec4` fits and an empty array can still be bound; the padding is zero.
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
   * A zero-filled storage buffer.
   *
   * @throws {GpuLimitError} larger than a buffer can be
   * @throws {DisposedError} the scope is gone
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
      usage: bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyDestination,
    });
    this.#buffers.add(buffer);
    return buffer;
  }

  /** A storage buffer that holds `data`. */
  upload(name: string, data: GpuData): GPUBuffer {
    const buffer = this.create(name, data.byteLength);
    writeBuffer(this.#gpu, { buffer, data });
    return buffer;
  }

  /** Destroys one buffer ahead of the scope. */
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

/** Queues a write of `data` at `offset` bytes (a multiple of 4). A length that is no multiple of 4 is zero-padded. */
export function writeBuffer(
  gpu: GpuDevice,
  { buffer, data, offset = 0 }: { readonly buffer: GPUBuffer; readonly data: GpuData; readonly offset?: number },
): void {
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  const whole = bytes.byteLength & ~3;
  if (whole > 0) gpu.device.queue.writeBuffer(buffer, offset, bytes, 0, whole);
  if (whole < bytes.byteLength) {
    const tail = new Uint8Array(4);
    tail.set(bytes.subarray(whole));
    gpu.device.queue.writeBuffer(buffer, offset + whole, tail);
  }
}

/**
 * Copies several ranges back with one copy, one map and one wait; results in the order of `ranges`.
 *
 * @throws {DeviceLostError} the device was lost before the data arrived
 * @throws {GpuLimitError} | {Error} an earlier command failed
 */
export async function readBuffers(gpu: GpuDevice, ranges: readonly BufferRange[]): Promise<ArrayBuffer[]> {
  gpu.throwIfUnusable();
  const sources = ranges.map((range) => resolveRange(range));
  const total = sources.reduce((sum, { size }) => sum + roundUp(size, 8), 0);
  if (total > gpu.limits.maxBufferSize && ranges.length > 1) {
    const parts: ArrayBuffer[] = [];
    for (const range of ranges) parts.push(...(await readBuffers(gpu, [range])));
    return parts;
  }
  const staging = gpu.device.createBuffer({
    label: 'read back',
    size: Math.max(16, total),
    usage: bufferUsage.mapRead | bufferUsage.copyDestination,
  });
  try {
    const encoder = gpu.device.createCommandEncoder({ label: 'read back' });
    let at = 0;
    for (const { buffer, offset, size } of sources) {
      encoder.copyBufferToBuffer(buffer, offset, staging, at, size);
      at += roundUp(size, 8);
    }
    gpu.device.queue.submit([encoder.finish()]);
    await gpu.orLost(staging.mapAsync(mapModeRead));
    gpu.throwIfFailed();
    const mapped = staging.getMappedRange();
    at = 0;
    return sources.map(({ size }) => {
      const copy = mapped.slice(at, at + size);
      at += roundUp(size, 8);
      return copy;
    });
  } finally {
    staging.destroy();
  }
}

/** `readBuffers` of one range as floats. */
export async function readFloats(gpu: GpuDevice, range: BufferRange): Promise<Float32Array<ArrayBuffer>> {
  const [bytes] = await readBuffers(gpu, [range]);
  return new Float32Array(bytes!);
}

/** A range with its offset and size filled in; bytes. */
export function resolveRange(range: BufferRange): {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
} {
  if (!('buffer' in range)) return { buffer: range, offset: 0, size: range.size };
  const offset = range.offset ?? 0;
  return { buffer: range.buffer, offset, size: range.size ?? range.buffer.size - offset };
}
