import { mapModeRead, bufferUsage } from './buffer-usage.ts';
import { type BufferRange, resolveRange } from './buffers.ts';
import type { CommandBatch } from './command-batch.ts';
import './dispose-symbol.ts';
import type { GpuDevice } from './device.ts';
import type { GpuTimer } from './timer.ts';
import { roundUp } from './uniform-struct.ts';

/** What came back: the bytes of each range, and the milliseconds of the timed spans. */
export interface ReadBackResult {
  readonly parts: readonly ArrayBuffer[];
  readonly elapsedMs: ReadonlyMap<string, number>;
}

/**
 * A mapped buffer kept between reads, for work that reads back again and again: one submit brings the results and the
 * times, and nothing is allocated once the buffer has grown to the size in use. One read at a time.
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
   * Ends `commands` with copies of `ranges` and of the spans of `timer`, submits them, and waits once for it all.
   *
   * @throws {DeviceLostError} the device was lost before the data arrived
   * @throws {GpuLimitError} | {Error} an earlier command failed
   */
  async submit(
    commands: CommandBatch,
    { ranges, timer }: { readonly ranges: readonly BufferRange[]; readonly timer?: GpuTimer },
  ): Promise<ReadBackResult> {
    const sources = ranges.map(resolveRange);
    const timesAt = sources.reduce((sum, { size }) => sum + roundUp(size, 8), 0);
    const total = timesAt + (timer?.pendingByteLength ?? 0);
    const staging = this.#reserve(total);
    let at = 0;
    for (const { buffer, offset, size } of sources) {
      commands.copy({ buffer, offset }, { buffer: staging, offset: at, size });
      at += roundUp(size, 8);
    }
    const decodeTimes = timer && commands.resolve(timer, { buffer: staging, offset: timesAt });
    commands.submit();
    try {
      await this.#gpu.orLost(staging.mapAsync(mapModeRead, 0, roundUp(total, 8)));
      this.#gpu.throwIfFailed();
      const mapped = staging.getMappedRange(0, roundUp(total, 8));
      at = 0;
      const parts = sources.map(({ size }) => {
        const copy = mapped.slice(at, at + size);
        at += roundUp(size, 8);
        return copy;
      });
      const elapsedMs = decodeTimes?.(mapped.slice(timesAt)) ?? new Map<string, number>();
      staging.unmap();
      return { parts, elapsedMs };
    } catch (error) {
      // A map that failed may still be pending: the buffer cannot be used again.
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
    this.#staging = this.#gpu.device.createBuffer({
      label: `${this.#label}: read back`,
      size: Math.max(roundUp(byteLength, 8), Math.min(generous, this.#gpu.limits.maxBufferSize)),
      usage: bufferUsage.mapRead | bufferUsage.copyDestination,
    });
    return this.#staging;
  }
}
