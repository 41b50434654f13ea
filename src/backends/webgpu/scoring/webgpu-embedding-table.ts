import { DisposedError } from '../../../errors.ts';
import { type BufferRange, BufferScope } from '../../../gpu/buffers.ts';
import { CommandBatch } from '../../../gpu/command-batch.ts';
import type { GpuDevice } from '../../../gpu/device.ts';
import { readBuffers } from '../../../gpu/read-back.ts';
import { encodeEmbeddingBag } from '../../../shaders/rows/embedding-bag.ts';
import { encodeGatherRows } from '../../../shaders/rows/gather-rows.ts';
import type { TablePage } from '../../../shaders/rows/table-page.ts';
import { type EmbeddingBags, type EmbeddingRows, type EmbeddingTable, requireRows } from '../../embedding-table.ts';
import { unpadRows } from '../../padded-rows.ts';
import { factorPages, uploadPages } from '../factor-pages.ts';
import { comfortableBytes, rowChunks } from './row-chunks.ts';

/** Encodes one chunk's rows into `output`. */
type Encode = (
  commands: CommandBatch,
  chunk: { readonly first: number; readonly end: number; readonly output: BufferRange; readonly buffers: BufferScope },
) => void;

/**
 * `EmbeddingTable` on the GPU, in pages where a binding is too small. A call that is under way when the table is
 * disposed of rejects with `DisposedError`.
 */
export class WebGpuEmbeddingTable implements EmbeddingTable {
  readonly #gpu: GpuDevice;
  readonly #table: EmbeddingRows;
  readonly #rankVectors: number;
  readonly #buffers: BufferScope;
  readonly #pages: readonly TablePage[];
  #isDisposed = false;

  /** @throws {GpuLimitError} the table does not fit the device */
  constructor(gpu: GpuDevice, table: EmbeddingRows) {
    this.#gpu = gpu;
    this.#table = table;
    this.#rankVectors = Math.ceil(table.factors / 4);
    this.#buffers = new BufferScope(gpu, 'embedding table');
    const { limits } = gpu;
    const shape = { rowCount: table.rowCount, rankVectors: this.#rankVectors, limits, mostPages: Infinity };
    this.#pages = uploadPages(this.#buffers, 'rows', { ...table, pages: factorPages('embedding', shape) });
  }

  gather(rows: Uint32Array): Promise<Float32Array> {
    return this.#rows(rows.length, { rows }, (commands, { first, end, output, buffers }) => {
      encodeGatherRows(commands, {
        rows: buffers.upload('rows', rows.subarray(first, end)),
        rowCount: end - first,
        rankVectors: this.#rankVectors,
        pages: this.#pages,
        output,
      });
    });
  }

  embeddingBag({ offsets, rows, weights, mode }: EmbeddingBags): Promise<Float32Array> {
    const bagCount = Math.max(0, offsets.length - 1);
    return this.#rows(bagCount, { rows, offsets }, (commands, { first, end, output, buffers }) => {
      const [firstEntry, endEntry] = [offsets[first]!, offsets[end]!];
      encodeEmbeddingBag(commands, {
        offsets: buffers.upload(
          'offsets',
          offsets.subarray(first, end + 1).map((offset) => offset - firstEntry),
        ),
        rows: buffers.upload('rows', rows.subarray(firstEntry, endEntry)),
        weights: buffers.upload('weights', weights.subarray(firstEntry, endEntry)),
        bagCount: end - first,
        mode,
        rankVectors: this.#rankVectors,
        pages: this.#pages,
        output,
      });
    });
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#buffers.dispose();
  }

  #throwIfDisposed(): void {
    if (this.#isDisposed) throw new DisposedError('This embedding table was disposed of; open a new one.');
  }

  async #rows(
    rowCount: number,
    bounds: { readonly rows: Uint32Array; readonly offsets?: Uint32Array },
    encode: Encode,
  ): Promise<Float32Array> {
    const { factors } = this.#table;
    requireRows(bounds.rows, this.#table.rowCount);
    const target = new Float32Array(rowCount * factors);
    const mostBytes = comfortableBytes(this.#gpu);
    const mostRows = mostBytes / (16 * this.#rankVectors);
    const { offsets } = bounds;
    for (const { first, end } of rowChunks(rowCount, { mostRows, offsets, mostEntries: mostBytes / 4 })) {
      this.#throwIfDisposed();
      using buffers = new BufferScope(this.#gpu, 'embedding call');
      using commands = new CommandBatch(this.#gpu, 'embedding call');
      const size = 16 * this.#rankVectors * (end - first);
      const output = { buffer: buffers.create('output', size), size };
      encode(commands, { first, end, output, buffers });
      commands.submit();
      const [bytes] = await readBuffers(this.#gpu, [output]);
      unpadRows(new Float32Array(bytes!), { factors, firstRow: first, target });
    }
    this.#throwIfDisposed();
    return target;
  }
}
