import type { BufferScope } from '../../../src/gpu/buffers.ts';
import type { RankingBatch } from '../../../src/shaders/rank/ranking.ts';
import type { TablePage } from '../../../src/shaders/rows/table-page.ts';

/** Uploads what ranking kernels take beside their pages; a catalogue of `scales.length` items, `rank` a multiple of 4. */
export function rankingBatch<Page extends TablePage>(
  buffers: BufferScope,
  batch: {
    readonly pages: readonly Page[];
    readonly rank: number;
    readonly queries: Float32Array;
    readonly scales: Float32Array;
    readonly biases: Float32Array;
    readonly mask?: Uint32Array | undefined;
    readonly maskStride?: number | undefined;
  },
): RankingBatch<Page> {
  const { pages, rank, queries, scales, biases, mask, maskStride = 0 } = batch;
  const scaleBias = new Float32Array(8 * Math.ceil(scales.length / 4)).map(
    (_, place) => (place % 2 ? biases : scales)[place >> 1]!,
  );
  return {
    pages,
    buffers: {
      queries: buffers.upload('queries', queries),
      scale_bias: buffers.upload('scale and bias', scaleBias),
      mask: buffers.upload('mask', mask ?? new Uint32Array(1)),
    },
    params: {
      query_count: queries.length / rank,
      item_count: scales.length,
      rank_vectors: rank / 4,
      has_mask: mask ? 1 : 0,
      mask_stride: maskStride,
    },
  };
}
