import type { BufferScope } from '../../../gpu/buffers.ts';
import type { CommandBatch } from '../../../gpu/command-batch.ts';
import type { GpuDevice } from '../../../gpu/device.ts';
import { rotateRows, rotateRowsWorkgroups } from '../../../shaders/rows/rotate-rows.ts';
import { eigenvaluesByteLength, symmetricEigen } from '../../../shaders/gramian/symmetric-eigen.ts';
import { type FactorPages, rowsOfPage } from '../factor-pages.ts';

/**
 * Rotates the factors of both sides into the eigenbasis of one side's Gramian, which changes no score and no norm. The
 * factors are still in the basis of the previous call, so the Gramian is nearly diagonal and takes few sweeps.
 */
export class EigenbasisPass {
  /** The eigenvalues for the current basis, followed by the largest (`symmetric-eigen`). */
  readonly values: GPUBuffer;
  readonly #gpu: GpuDevice;
  readonly #basis: GPUBuffer;
  readonly #rankVectors: number;

  constructor(gpu: GpuDevice, { buffers, rankVectors }: { buffers: BufferScope; rankVectors: number }) {
    this.#gpu = gpu;
    this.#rankVectors = rankVectors;
    this.#basis = buffers.create('eigenvectors', 64 * rankVectors ** 2);
    this.values = buffers.create('eigenvalues', eigenvaluesByteLength(rankVectors));
  }

  async compile(): Promise<void> {
    await Promise.all([
      symmetricEigen.compile(this.#gpu, this.#overrides(256)),
      rotateRows.compile(this.#gpu, this.#overrides(64)),
    ]);
  }

  /** Encodes the eigendecomposition of `gramian`, which is overwritten, and the rotation of all factors. */
  encode(
    commands: CommandBatch,
    call: {
      readonly gramian: GPUBuffer;
      readonly sides: readonly { readonly pages: FactorPages; readonly factors: readonly GPUBuffer[] }[];
    },
  ): void {
    const basis = this.#basis;
    symmetricEigen.encode(commands, {
      buffers: { gramian: call.gramian, basis, values: this.values },
      params: {},
      overrides: this.#overrides(256),
      workgroups: 1,
    });
    for (const { pages, factors } of call.sides) {
      for (const [page, buffer] of factors.entries()) {
        const rowCount = rowsOfPage(pages, page);
        rotateRows.encode(commands, {
          buffers: { factors: buffer, basis },
          params: { row_count: rowCount },
          overrides: this.#overrides(64),
          workgroups: rotateRowsWorkgroups(rowCount),
        });
      }
    }
  }

  /** Small workgroups on a software adapter, where the cost of a barrier grows with the number of invocations. */
  #overrides(workgroupSize: number): { rank_vectors: number; workgroup_size: number } {
    return { rank_vectors: this.#rankVectors, workgroup_size: this.#gpu.isSoftware ? 4 : workgroupSize };
  }
}
