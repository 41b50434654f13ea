import './dispose-symbol.ts';
import type { GpuDevice } from './device.ts';
import type { GpuTimer } from './timer.ts';
import { blockByteLength, type UniformBlock } from './uniform-arena.ts';
import { roundUp } from './pack-params.ts';

/**
 * Records dispatches (by `Kernel.encode`) and copies, which `submit` hands to the GPU. They run in order: each dispatch
 * sees what earlier ones wrote. Disposing of a batch before its submit discards the commands.
 */
export class CommandBatch implements Disposable {
  readonly gpu: GpuDevice;
  readonly label: string;
  #encoder: GPUCommandEncoder | null;
  #pass: GPUComputePassEncoder | null = null;
  #uniforms: UniformBlock[] = [];

  /** @throws {DeviceLostError} | {DisposedError} the device accepts no more work */
  constructor(gpu: GpuDevice, label: string) {
    gpu.throwIfUnusable();
    this.gpu = gpu;
    this.label = label;
    this.#encoder = gpu.device.createCommandEncoder({ label });
  }

  /** The open compute pass; begins one if none is open. */
  get pass(): GPUComputePassEncoder {
    return (this.#pass ??= this.encoder.beginComputePass({ label: this.label }));
  }

  /** The encoder for copies; ends an open pass first. */
  get encoder(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = null;
    if (!this.#encoder) throw new Error(`Internal: ${this.label} was submitted.`);
    return this.#encoder;
  }

  /** Begins a compute pass that `timer` measures under `name`; the pass lasts until the next span, copy or submit. */
  span(timer: GpuTimer, name: string): void {
    const timestampWrites = timer.span(name);
    this.#pass = this.encoder.beginComputePass({
      label: `${this.label}: ${name}`,
      ...(timestampWrites ? { timestampWrites } : {}),
    });
  }

  /** Stores the parameters of one dispatch; they are uploaded with the submit. */
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

  /** Hands the commands to the GPU. A batch is submitted only once. */
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

  /** Discards the commands and returns the uniform blocks; does nothing after a submit. */
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
