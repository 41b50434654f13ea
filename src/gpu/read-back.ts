import * as usage from './buffer-usage.ts';
import { type BufferRange, resolveRange } from './buffers.ts';
import { CommandBatch } from './command-batch.ts';
import './dispose-symbol.ts';
import type { GpuDevice } from './device.ts';
import type { GpuTimer } from './timer.ts';
import { roundUp } from './pack-params.ts';

/**
 * A staging buffer kept between reads, for work that reads back repeatedly. One submit returns results and times, and
 * nothing more is allocated once the buffer has grown to the size in use. Only one read may be pending at a time.
 */
export class ReadBack implements Disposable {
  readonly #gpu: GpuDevice;
  readonly #label: string;
  #staging: GPUBuffer | null = null;

  constructor(gpu: GpuDevice, label: string) {
    this.#gpu = gpu;
    this.#label = label;
  }

  /**
   * Appends copies of `ranges` and of the spans of `timer` to `commands`, submits them, and waits once for all of them.
   *
   * @returns the bytes of each range; the times are added to the `elapsedMs` of `timer`
   * @throws {DeviceLostError} the device was lost before the data arrived
   * @throws {GpuLimitError} | {Error} an earlier command failed
   */
  async submit(
    commands: CommandBatch,
    { ranges, timer }: { readonly ranges: readonly BufferRange[]; readonly timer?: GpuTimer },
  ): Promise<ArrayBuffer[]> {
    let total = 0;
    const parts = ranges.map((range) => {
      const part = { ...resolveRange(range), at: total };
      total += roundUp(part.size, 8);
      return part;
    });
    const timesAt = total;
    total += timer?.pendingByteLength ?? 0;
    const staging = this.#reserve(total);
    const { encoder } = commands;
    for (const { buffer, offset, at, size } of parts) encoder.copyBufferToBuffer(buffer, offset, staging, at, size);
    const takeTimes = timer?.encodeResolve(encoder, { buffer: staging, offset: timesAt });
    commands.submit();
    try {
      await this.#gpu.orLost(staging.mapAsync(usage.mapModeRead, 0, total));
      this.#gpu.throwIfFailed();
      const mapped = staging.getMappedRange(0, total);
      const results = parts.map(({ at, size }) => mapped.slice(at, at + size));
      takeTimes?.(mapped.slice(timesAt));
      staging.unmap();
      return results;
    } catch (error) {
      // The map may still be pending, so the buffer cannot be used again.
      this.dispose();
      throw error;
    }
  }

  dispose(): void {
    this.#staging?.destroy();
    this.#staging = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #reserve(byteLength: number): GPUBuffer {
    if (this.#staging && this.#staging.size >= byteLength) return this.#staging;
    this.dispose();
    const generous = 2 ** Math.ceil(Math.log2(Math.max(256, byteLength)));
    return (this.#staging = this.#gpu.device.createBuffer({
      label: `${this.#label}: read back`,
      size: Math.max(byteLength, Math.min(generous, this.#gpu.limits.maxBufferSize)),
      usage: usage.mapRead | usage.copyDestination,
    }));
  }
}

/**
 * Reads several ranges back with one submit, one map and one wait; results in the order of `ranges`. If together they
 * exceed the largest buffer, they are read one range at a time.
 *
 * @throws {DeviceLostError} the device was lost before the data arrived
 * @throws {GpuLimitError} | {Error} an earlier command failed
 */
export async function readBuffers(gpu: GpuDevice, ranges: readonly BufferRange[]): Promise<ArrayBuffer[]> {
  const total = ranges.reduce((sum, range) => sum + roundUp(resolveRange(range).size, 8), 0);
  const parts: ArrayBuffer[] = [];
  for (const group of total > gpu.limits.maxBufferSize ? ranges.map((range) => [range]) : [ranges]) {
    const readBack = new ReadBack(gpu, 'once');
    try {
      parts.push(...(await readBack.submit(new CommandBatch(gpu, 'read back'), { ranges: group })));
    } finally {
      readBack.dispose();
    }
  }
  return parts;
}
