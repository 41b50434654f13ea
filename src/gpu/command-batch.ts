import './dispose-symbol.ts';
import type { GpuDevice } from './device.ts';
import type { GpuTimer } from './timer.ts';
import type { UniformSlot, UniformWriter } from './uniform-arena.ts';

/**
 * Commands on their way to the GPU: dispatches (by `Kernel.encode`), copies and clears, run in order by `submit`.
 * Each dispatch sees what the ones before it wrote. A batch that is disposed of without a submit does nothing.
 */
export class CommandBatch implements Disposable {
  readonly gpu: GpuDevice;
  readonly label: string;
  #encoder: GPUCommandEncoder | null;
  #pass: GPUComputePassEncoder | null = null;
  readonly #uniforms: UniformWriter;

  /** @throws {DeviceLostError} | {DisposedError} the device cannot take work */
  constructor(gpu: GpuDevice, label: string) {
    gpu.throwIfUnusable();
    this.gpu = gpu;
    this.label = label;
    this.#encoder = gpu.device.createCommandEncoder({ label });
    this.#uniforms = gpu.uniforms.writer();
  }

  /** The open compute pass; opened where there is none. */
  get pass(): GPUComputePassEncoder {
    this.#pass ??= this.#openEncoder().beginComputePass({ label: this.label });
    return this.#pass;
  }

  /** Starts a new compute pass whose time `timer` takes under `name`; it lasts until the next span, copy or submit. */
  span(timer: GpuTimer, name: string): void {
    this.#endPass();
    const timestampWrites = timer.span(name);
    this.#pass = this.#openEncoder().beginComputePass({
      label: `${this.label}: ${name}`,
      ...(timestampWrites ? { timestampWrites } : {}),
    });
  }

  /** Parameters of one dispatch; they reach the GPU with the submit. */
  writeUniform(bytes: Uint8Array): UniformSlot {
    return this.#uniforms.write(bytes);
  }

  /** Copies `size` bytes; offsets and size are multiples of 4. */
  copy(
    source: { readonly buffer: GPUBuffer; readonly offset?: number },
    target: { readonly buffer: GPUBuffer; readonly offset?: number; readonly size: number },
  ): void {
    this.#endPass();
    this.#openEncoder().copyBufferToBuffer(
      source.buffer,
      source.offset ?? 0,
      target.buffer,
      target.offset ?? 0,
      target.size,
    );
  }

  /** Zeroes a buffer, or `size` bytes of it from `offset` (multiples of 4). */
  clear(buffer: GPUBuffer, offset = 0, size: number = buffer.size - offset): void {
    this.#endPass();
    this.#openEncoder().clearBuffer(buffer, offset, size);
  }

  /** Copies the spans of `timer` to `target` (offset a multiple of 8); returns what decodes them (`GpuTimer`). */
  resolve(
    timer: GpuTimer,
    target: { readonly buffer: GPUBuffer; readonly offset: number },
  ): (bytes: ArrayBuffer) => Map<string, number> {
    this.#endPass();
    return timer.encodeResolve(this.#openEncoder(), target);
  }

  /** Hands the commands to the GPU. The batch is spent. */
  submit(): void {
    this.#endPass();
    const commands = this.#openEncoder().finish();
    this.#encoder = null;
    this.gpu.throwIfUnusable();
    this.#uniforms.upload();
    this.gpu.device.queue.submit([commands]);
    this.#uniforms.release();
  }

  [Symbol.dispose](): void {
    if (!this.#encoder) return;
    this.#endPass();
    this.#encoder = null;
    this.#uniforms.release();
  }

  #openEncoder(): GPUCommandEncoder {
    if (!this.#encoder) throw new Error(`Internal: the command batch ${this.label} was submitted already.`);
    return this.#encoder;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = null;
  }
}
