import type { BufferScope } from '../../../gpu/buffers.ts';
import type { CommandBatch } from '../../../gpu/command-batch.ts';
import type { GpuDevice } from '../../../gpu/device.ts';
import { packRows } from '../../../shaders/rows/pack-rows.ts';
import { type FactorPages, rowsOfPage } from '../factor-pages.ts';

const overrides = { workgroup_size: 64 };

/** The fixed side's factors in float16, in the pages that they have in float32; one copy serves both sides in turn. */
export class PackedRows {
  readonly #gpu: GpuDevice;
  readonly #pages: readonly GPUBuffer[];

  /** @param options.sides the layouts that will be copied */
  constructor(gpu: GpuDevice, options: { readonly buffers: BufferScope; readonly sides: readonly FactorPages[] }) {
    this.#gpu = gpu;
    const { buffers, sides } = options;
    const pageCount = Math.max(...sides.map((side) => side.pageCount));
    this.#pages = Array.from({ length: pageCount }, (_, page) => {
      const rowCount = Math.max(...sides.map((side) => rowsOfPage(side, page)));
      return buffers.create('factors in float16', 8 * sides[0]!.rankVectors * rowCount);
    });
  }

  compile(): Promise<void> {
    return packRows.compile(this.#gpu, overrides);
  }

  /** Encodes the copy; returns a buffer a page. */
  encode(
    commands: CommandBatch,
    side: { readonly pages: FactorPages; readonly factors: readonly GPUBuffer[] },
  ): readonly GPUBuffer[] {
    return side.factors.map((factors, page) => {
      const vectorCount = side.pages.rankVectors * rowsOfPage(side.pages, page);
      const packed = this.#pages[page]!;
      packRows.encode(commands, {
        buffers: { factors, packed },
        params: { vector_count: vectorCount },
        overrides,
        workgroups: Math.ceil(vectorCount / overrides.workgroup_size),
      });
      return packed;
    });
  }
}
