import { BufferScope, type GpuData, writeBuffer } from '../../../gpu/buffers.ts';
import '../../../gpu/dispose-symbol.ts';
import type { GpuDevice } from '../../../gpu/device.ts';
import { roundUp } from '../../../gpu/pack-params.ts';

/** A part of a buffer from its start. */
export interface WorkspaceRange {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/**
 * Named storage buffers that grow and are kept, so that a request in the steady state allocates nothing. A buffer's
 * contents last until its name is asked for again; one request at a time.
 */
export class Workspace implements Disposable {
  readonly #gpu: GpuDevice;
  readonly #scope: BufferScope;
  readonly #buffers = new Map<string, GPUBuffer>();

  constructor(gpu: GpuDevice, label: string) {
    this.#gpu = gpu;
    this.#scope = new BufferScope(gpu, label);
  }

  /**
   * `byteLength` bytes, rounded up to 16, of unknown contents.
   *
   * @throws {GpuLimitError} larger than a buffer can be
   */
  reserve(name: string, byteLength: number): WorkspaceRange {
    const size = Math.max(16, roundUp(byteLength, 16));
    let buffer = this.#buffers.get(name);
    if (!buffer || buffer.size < size) {
      // The GPU finishes what it was handed before a destroyed buffer goes.
      if (buffer) this.#scope.free(buffer);
      const generous = 2 ** Math.ceil(Math.log2(size));
      buffer = this.#scope.create(name, Math.max(size, Math.min(generous, this.#gpu.limits.maxBufferSize)));
      this.#buffers.set(name, buffer);
    }
    return { buffer, offset: 0, size };
  }

  /** A range that holds `data`. */
  upload(name: string, data: GpuData): WorkspaceRange {
    const range = this.reserve(name, data.byteLength);
    writeBuffer(this.#gpu, range.buffer, data);
    return range;
  }

  dispose(): void {
    this.#scope.dispose();
    this.#buffers.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
