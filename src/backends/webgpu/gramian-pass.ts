import { GpuLimitError } from '../../errors.ts';
import type { BufferScope } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import { type GpuDevice, largestBinding } from '../../gpu/device.ts';
import { gramianCombine, gramianCombineWorkgroups } from '../../shaders/gramian/gramian-combine.ts';
import { gramian, gramianWorkgroups } from '../../shaders/gramian/gramian.ts';
import { type FactorPages, rowsOfPage } from './factor-pages.ts';

/** The least rows per slice. Fewer make more partial sums to combine; more leave parts of a GPU idle. */
export const leastRowsPerSlice = (isSoftware: boolean): number => (isSoftware ? 512 : 64);

/** Bytes for partial sums, unless one binding allows less. */
export const partialsByteLengthWanted = 2 ** 24;

/** Computes the Gramian G = Σ y yᵀ of paged factors: partial sums over slices of rows, combined in slice order. */
export class GramianPass {
  readonly #gpu: GpuDevice;
  readonly #rankVectors: number;
  readonly #workgroupSize: number;
  readonly #mostSlices: number;
  readonly #partials: GPUBuffer;

  /**
   * @param options.sides every layout that `encode` will get; they share the scratch
   * @throws {GpuLimitError} there is no room for one partial sum per page
   */
  constructor(gpu: GpuDevice, { buffers, sides }: { buffers: BufferScope; sides: readonly FactorPages[] }) {
    this.#gpu = gpu;
    this.#rankVectors = sides[0]!.rankVectors;
    this.#workgroupSize = gpu.isSoftware ? 16 : 64;
    const byteLength = (4 * this.#rankVectors) ** 2 * 4;
    const available = largestBinding(gpu.limits);
    const fitting = Math.floor(Math.min(partialsByteLengthWanted, available) / byteLength);
    const pageCount = Math.max(...sides.map((side) => side.pageCount));
    if (fitting < pageCount) {
      throw new GpuLimitError(
        `A Gramian of ${4 * this.#rankVectors} factors needs ${pageCount} × ${byteLength} bytes of scratch, this GPU binds ` +
          `${available}. Use fewer factors, or the cpu back end.`,
      );
    }
    this.#mostSlices = fitting;
    const sliceCount = Math.max(...sides.map((side) => this.#slices(side).sliceCount));
    this.#partials = buffers.create('partial Gramians', Math.max(1, sliceCount) * byteLength);
  }

  async compile(): Promise<void> {
    const overrides = { rank_vectors: this.#rankVectors, workgroup_size: this.#workgroupSize };
    await Promise.all([gramian.compile(this.#gpu, overrides), gramianCombine.compile(this.#gpu, overrides)]);
  }

  /** Encodes the Gramian of `factors`, one buffer per page, into `target`: `4 rankVectors × 4 rankVectors` numbers. */
  encode(
    commands: CommandBatch,
    { pages, factors, target }: { pages: FactorPages; factors: readonly GPUBuffer[]; target: GPUBuffer },
  ): void {
    const overrides = { rank_vectors: this.#rankVectors, workgroup_size: this.#workgroupSize };
    const { rowsPerSlice, sliceCount } = this.#slices(pages);
    let firstSlice = 0;
    for (const [page, buffer] of factors.entries()) {
      const rowCount = rowsOfPage(pages, page);
      const pageSlices = Math.ceil(rowCount / rowsPerSlice);
      gramian.encode(commands, {
        buffers: { factors: buffer, partials: this.#partials },
        params: { row_count: rowCount, rows_per_slice: rowsPerSlice, slice_count: pageSlices, first_slice: firstSlice },
        overrides,
        workgroups: gramianWorkgroups(pageSlices, {
          rankVectors: this.#rankVectors,
          workgroupSize: this.#workgroupSize,
        }),
      });
      firstSlice += pageSlices;
    }
    gramianCombine.encode(commands, {
      buffers: { partials: this.#partials, gramian: target },
      params: { slice_count: sliceCount },
      overrides,
      workgroups: gramianCombineWorkgroups(this.#rankVectors, this.#workgroupSize),
    });
  }

  #slices(pages: FactorPages): { rowsPerSlice: number; sliceCount: number } {
    // No slice crosses pages, so every page gets an equal share of the slices.
    const mostPageSlices = Math.floor(this.#mostSlices / pages.pageCount);
    const largestPage = Math.min(pages.rowCount, pages.pageRows);
    const rowsPerSlice = Math.max(leastRowsPerSlice(this.#gpu.isSoftware), Math.ceil(largestPage / mostPageSlices));
    let sliceCount = 0;
    for (let page = 0; page < pages.pageCount; page++) {
      sliceCount += Math.ceil(rowsOfPage(pages, page) / rowsPerSlice);
    }
    return { rowsPerSlice, sliceCount };
  }
}
