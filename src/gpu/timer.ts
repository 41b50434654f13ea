import { bufferUsage } from './buffer-usage.ts';
import { readBuffers } from './buffers.ts';
import './dispose-symbol.ts';
import type { GpuDevice } from './device.ts';

/**
 * Times of compute passes by `timestamp-query`. Without that feature every call does nothing and `read` gives an
 * empty map, so callers need no second path.
 */
export class GpuTimer implements Disposable {
  readonly #gpu: GpuDevice;
  readonly #querySet: GPUQuerySet | null;
  readonly #resolved: GPUBuffer | null;
  readonly #capacity: number;
  #names: string[] = [];

  /** `capacity`: spans that one `read` can report; later ones are not timed. */
  constructor(gpu: GpuDevice, capacity = 64) {
    this.#gpu = gpu;
    this.#capacity = capacity;
    const isTimed = gpu.features.timestampQuery;
    this.#querySet = isTimed ? gpu.device.createQuerySet({ type: 'timestamp', count: 2 * capacity }) : null;
    this.#resolved = isTimed
      ? gpu.device.createBuffer({
          label: 'timestamps',
          size: 16 * capacity,
          usage: bufferUsage.queryResolve | bufferUsage.copySource,
        })
      : null;
  }

  /** The `timestampWrites` of one compute pass, or undefined where it cannot be timed. */
  span(name: string): GPUComputePassTimestampWrites | undefined {
    if (!this.#querySet || this.#names.length >= this.#capacity) return undefined;
    const beginningOfPassWriteIndex = 2 * this.#names.length;
    this.#names.push(name);
    return {
      querySet: this.#querySet,
      beginningOfPassWriteIndex,
      endOfPassWriteIndex: beginningOfPassWriteIndex + 1,
    };
  }

  /** Bytes that `encodeResolve` will write. */
  get pendingByteLength(): number {
    return this.#querySet ? 16 * this.#names.length : 0;
  }

  /**
   * Encodes a copy of all spans since the last read to `target` (offset a multiple of 8), `pendingByteLength` bytes.
   *
   * @returns a function that turns those bytes into milliseconds by name, spans of one name added up
   */
  encodeResolve(
    encoder: GPUCommandEncoder,
    target: { readonly buffer: GPUBuffer; readonly offset: number },
  ): (bytes: ArrayBuffer) => Map<string, number> {
    const names = this.#names;
    this.#names = [];
    if (!this.#querySet || !this.#resolved || names.length === 0) return () => new Map();
    encoder.resolveQuerySet(this.#querySet, 0, 2 * names.length, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, target.buffer, target.offset, 16 * names.length);
    return (bytes) => elapsedByName(names, bytes);
  }

  /** Milliseconds by name since the last `read`, spans of one name added up. Call after the submit. */
  async read(): Promise<Map<string, number>> {
    const names = this.#names;
    this.#names = [];
    if (!this.#querySet || !this.#resolved || names.length === 0) return new Map();
    const encoder = this.#gpu.device.createCommandEncoder({ label: 'timestamps' });
    encoder.resolveQuerySet(this.#querySet, 0, 2 * names.length, this.#resolved, 0);
    this.#gpu.device.queue.submit([encoder.finish()]);
    const [bytes] = await readBuffers(this.#gpu, [{ buffer: this.#resolved, size: 16 * names.length }]);
    return elapsedByName(names, bytes!);
  }

  [Symbol.dispose](): void {
    this.#querySet?.destroy();
    this.#resolved?.destroy();
  }
}

/** `bytes`: beginning and end of each span, nanoseconds as u64. */
function elapsedByName(names: readonly string[], bytes: ArrayBuffer): Map<string, number> {
  const nanoseconds = new BigUint64Array(bytes, 0, 2 * names.length);
  const elapsedMs = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    // Timestamps may be quantised, and go backwards when the GPU resets its counter.
    const spanMs = Math.max(0, Number(nanoseconds[2 * index + 1]! - nanoseconds[2 * index]!) / 1e6);
    elapsedMs.set(name, (elapsedMs.get(name) ?? 0) + spanMs);
  }
  return elapsedMs;
}
