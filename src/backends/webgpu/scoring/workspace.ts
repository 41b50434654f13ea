import { BufferScope, type GpuData, writeBuffer } from '../../../gpu/buffers.ts';
import '../../../gpu/dispose-symbol.ts';
import type { GpuDevice } from '../../../gpu/device.ts';
import { roundUp } from '../../../gpu/pack-params.ts';

/** A range at the start of a buffer, in bytes. */
export interface WorkspaceRange {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/**
 * Named storage buffers that grow on demand and are kept, so that requests in the steady state allocate nothing. The
 * contents of a buffer last until its name is reserved again. Only one request at a time may use the workspace.
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
   * Reserves `byteLength` bytes, rounded up to a multiple of 16, with undefined contents.
   *
   * @throws {GpuLimitError} the size exceeds the device's largest buffer
   */
  reserve(name: string, byteLength: number): WorkspaceRange {
    const size = Math.max(16, roundUp(byteLength, 16));
    let buffer = this.#buffers.get(name);
    if (!buffer || buffer.size < size) {
      // Freeing is safe: the GPU finishes submitted work before it drops a destroyed buffer.
      if (buffer) this.#scope.free(buffer);
      const generous = 2 ** Math.ceil(Math.log2(size));
      buffer = this.#scope.create(name, Math.max(size, Math.min(generous, this.#gpu.limits.maxBufferSize)));
      this.#buffers.set(name, buffer);
    }
    return { buffer, offset: 0, size };
  }

  /** Reserves a range and writes `data` to it. */
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
