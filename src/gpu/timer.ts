import * as usage from './buffer-usage.ts';
import './dispose-symbol.ts';
import type { GpuDevice } from './device.ts';

/** The most spans that one read can report; later ones are not timed. */
const capacity = 64;

/**
 * Measures compute passes with `timestamp-query`. Without that feature every call does nothing and `elapsedMs` stays
 * empty, so callers need no special case.
 */
export class GpuTimer implements Disposable {
  /** Milliseconds by span name, summed over all spans of that name read back since the caller last cleared the map. */
  readonly elapsedMs = new Map<string, number>();
  readonly #querySet: GPUQuerySet | null = null;
  readonly #resolved: GPUBuffer | null = null;
  #names: string[] = [];

  constructor({ device }: GpuDevice) {
    if (!device.features.has('timestamp-query')) return;
    this.#querySet = device.createQuerySet({ type: 'timestamp', count: 2 * capacity });
    this.#resolved = device.createBuffer({
      label: 'timestamps',
      size: 16 * capacity,
      usage: usage.queryResolve | usage.copySource,
    });
  }

  /** The `timestampWrites` of one compute pass, or undefined if it cannot be timed. */
  span(name: string): GPUComputePassTimestampWrites | undefined {
    const beginningOfPassWriteIndex = 2 * this.#names.length;
    if (!this.#querySet || beginningOfPassWriteIndex >= 2 * capacity) return undefined;
    this.#names.push(name);
    return {
      querySet: this.#querySet,
      beginningOfPassWriteIndex,
      endOfPassWriteIndex: beginningOfPassWriteIndex + 1,
    };
  }

  /** Bytes that `encodeResolve` will write. */
  get pendingByteLength(): number {
    return 16 * this.#names.length;
  }

  /**
   * Encodes a copy of all spans since the previous call, `pendingByteLength` bytes, to `target`, whose offset is a
   * multiple of 8.
   *
   * @returns a function that takes those bytes and adds their times to `elapsedMs`
   */
  encodeResolve(
    encoder: GPUCommandEncoder,
    target: { readonly buffer: GPUBuffer; readonly offset: number },
  ): (bytes: ArrayBuffer) => void {
    const names = this.#names;
    this.#names = [];
    if (this.#querySet && this.#resolved && names.length > 0) {
      encoder.resolveQuerySet(this.#querySet, 0, 2 * names.length, this.#resolved, 0);
      encoder.copyBufferToBuffer(this.#resolved, 0, target.buffer, target.offset, 16 * names.length);
    }
    return (bytes) => {
      // Two timestamps per span: beginning and end.
      const nanoseconds = new BigUint64Array(bytes, 0, 2 * names.length);
      for (const [index, name] of names.entries()) {
        // Timestamps may be quantised, and may go backwards when the GPU resets its counter.
        const spanMs = Math.max(0, Number(nanoseconds[2 * index + 1]! - nanoseconds[2 * index]!) / 1e6);
        this.elapsedMs.set(name, (this.elapsedMs.get(name) ?? 0) + spanMs);
      }
    };
  }

  dispose(): void {
    this.#querySet?.destroy();
    this.#resolved?.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
