import { GpuLimitError } from '../../errors.ts';
import type { BufferScope } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import { type GpuDevice, largestBinding } from '../../gpu/device.ts';
import { gramianCombine, gramianCombineWorkgroups } from '../../shaders/gramian/gramian-combine.ts';
import { gramian, gramianWorkgroups } from '../../shaders/gramian/gramian.ts';
import { type FactorPages, rowsOfPage } from './factor-pages.ts';

/** Rows that one invocation sums, at least: fewer make more partial sums to combine, more leave a GPU partly idle. */
export const leastRowsPerSlice = (isSoftware: boolean): number => (isSoftware ? 512 : 64);

/** Memory for partial sums. */
export const partialsByteLengthWanted = 2 ** 24;

/** Makes the Gramian G = Σ y yᵀ of paged factors: partial sums by slices of rows, combined in slice order. */
export class GramianPass {
  readonly #gpu: GpuDevice;
  readonly #rankVectors: number;
  readonly #workgroupSize: number;
  readonly #mostSlices: number;
  readonly #partials: GPUBuffer;

  /**
   * @param sides the layouts that will be asked for; the scratch is shared
   * @throws {GpuLimitError} not even one partial sum a page fits
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

  /** Writes the Gramian of `pages` (one buffer per page) to `target`: square, `4 rankVectors` numbers per side. */
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
    // A page's last slice may be short, so every page but one takes its part of the slices for itself.
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
