import './dispose-symbol.ts';
import type { GpuDevice } from './device.ts';
import type { GpuTimer } from './timer.ts';
import { blockByteLength, type UniformBlock } from './uniform-arena.ts';
import { roundUp } from './pack-params.ts';

/**
 * Commands on their way to the GPU: dispatches (by `Kernel.encode`) and copies, run in order by `submit`.
 * Each dispatch sees what the ones before it wrote. A batch that is disposed of without a submit does nothing.
 */
export class CommandBatch implements Disposable {
  readonly gpu: GpuDevice;
  readonly label: string;
  #encoder: GPUCommandEncoder | null;
  #pass: GPUComputePassEncoder | null = null;
  #uniforms: UniformBlock[] = [];

  /** @throws {DeviceLostError} | {DisposedError} the device cannot take work */
  constructor(gpu: GpuDevice, label: string) {
    gpu.throwIfUnusable();
    this.gpu = gpu;
    this.label = label;
    this.#encoder = gpu.device.createCommandEncoder({ label });
  }

  /** The open compute pass; opened where there is none. */
  get pass(): GPUComputePassEncoder {
    return (this.#pass ??= this.encoder.beginComputePass({ label: this.label }));
  }

  /** What takes copies; an open pass is ended. */
  get encoder(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = null;
    if (!this.#encoder) throw new Error(`Internal: ${this.label} was submitted.`);
    return this.#encoder;
  }

  /** Starts a new compute pass whose time `timer` takes under `name`; it lasts until the next span, copy or submit. */
  span(timer: GpuTimer, name: string): void {
    const timestampWrites = timer.span(name);
    this.#pass = this.encoder.beginComputePass({
      label: `${this.label}: ${name}`,
      ...(timestampWrites ? { timestampWrites } : {}),
    });
  }

  /** Parameters of one dispatch; they reach the GPU with the submit. */
  writeUniform(bytes: Uint8Array): GPUBufferBinding {
    let block = this.#uniforms.at(-1);
    if (!block || block.used + bytes.byteLength > blockByteLength) {
      block = this.gpu.uniforms.take();
      this.#uniforms.push(block);
    }
    const offset = block.used;
    block.bytes.set(bytes, offset);
    block.used = roundUp(offset + bytes.byteLength, this.gpu.device.limits.minUniformBufferOffsetAlignment);
    return { buffer: block.buffer, offset, size: bytes.byteLength };
  }

  /** Hands the commands to the GPU. The batch is spent. */
  submit(): void {
    const commands = this.encoder.finish();
    this.#encoder = null;
    this.gpu.throwIfUnusable();
    const { queue } = this.gpu.device;
    for (const { buffer, bytes, used } of this.#uniforms) {
      queue.writeBuffer(buffer, 0, bytes, 0, Math.min(used, blockByteLength));
    }
    queue.submit([commands]);
    this.dispose();
  }

  /** Gives back what the batch holds; after a submit there is nothing left to give. */
  dispose(): void {
    this.#pass?.end();
    this.#pass = null;
    this.#encoder = null;
    this.gpu.uniforms.release(this.#uniforms);
    this.#uniforms = [];
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
