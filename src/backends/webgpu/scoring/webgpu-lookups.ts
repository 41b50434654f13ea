import { type BufferRange, BufferScope } from '../../../gpu/buffers.ts';
import { CommandBatch } from '../../../gpu/command-batch.ts';
import type { GpuDevice } from '../../../gpu/device.ts';
import { readBuffers } from '../../../gpu/read-back.ts';
import { encodeEmbeddingBag } from '../../../shaders/rows/embedding-bag.ts';
import { encodeGatherRows } from '../../../shaders/rows/gather-rows.ts';
import type { TablePage } from '../../../shaders/rows/table-page.ts';
import { type EmbeddingBags, type EmbeddingLookups, requireRows } from '../../embedding-table.ts';
import { unpadRows } from '../../padded-rows.ts';
import { comfortableBytes, type RowChunk, rowChunks } from './row-chunks.ts';

/** Rows on the GPU for look-ups. */
export interface PagedRows {
  /** Numbers per row; in the pages, rows are padded to whole vec4. */
  readonly factors: number;
  readonly rowCount: number;
  readonly pages: readonly TablePage[];
}

/** Encodes one chunk's results into `output`; `buffers` are freed once the chunk is read back. */
type Encode = (
  commands: CommandBatch,
  chunk: RowChunk & { readonly output: BufferRange; readonly buffers: BufferScope },
) => void;

/** `EmbeddingLookups` in pages that the caller owns and must keep until the last call has ended. */
export class WebGpuLookups implements EmbeddingLookups {
  readonly #gpu: GpuDevice;
  readonly #table: PagedRows;
  readonly #rankVectors: number;

  constructor(gpu: GpuDevice, table: PagedRows) {
    this.#gpu = gpu;
    this.#table = table;
    this.#rankVectors = Math.ceil(table.factors / 4);
  }

  gather(rows: Uint32Array): Promise<Float32Array> {
    return this.#compute(rows.length, { rows }, (commands, { first, end, output, buffers }) => {
      encodeGatherRows(commands, {
        rows: buffers.upload('rows', rows.subarray(first, end)),
        rowCount: end - first,
        rankVectors: this.#rankVectors,
        pages: this.#table.pages,
        output,
      });
    });
  }

  bag({ offsets, rows, weights, mode }: EmbeddingBags): Promise<Float32Array> {
    const bagCount = Math.max(0, offsets.length - 1);
    return this.#compute(bagCount, { rows, offsets }, (commands, { first, end, output, buffers }) => {
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
        pages: this.#table.pages,
        output,
      });
    });
  }

  /** Computes `count` rows of results, chunk by chunk. */
  async #compute(
    count: number,
    { rows, offsets }: { readonly rows: Uint32Array; readonly offsets?: Uint32Array },
    encode: Encode,
  ): Promise<Float32Array> {
    const { factors, rowCount } = this.#table;
    requireRows(rows, rowCount);
    const target = new Float32Array(count * factors);
    const mostBytes = comfortableBytes(this.#gpu);
    const mostRows = mostBytes / (16 * this.#rankVectors);
    for (const { first, end } of rowChunks(count, { mostRows, offsets, mostEntries: mostBytes / 4 })) {
      using buffers = new BufferScope(this.#gpu, 'look-up');
      using commands = new CommandBatch(this.#gpu, 'look-up');
      const size = 16 * this.#rankVectors * (end - first);
      const output = { buffer: buffers.create('output', size), size };
      encode(commands, { first, end, output, buffers });
      commands.submit();
      const [bytes] = await readBuffers(this.#gpu, [output]);
      unpadRows(new Float32Array(bytes!), { factors, firstRow: first, target });
    }
    return target;
  }
}
