import type { BufferRange } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import { defineKernel } from '../../gpu/kernel.ts';
import code from './embedding-bag.wgsl?raw';
import type { TablePage } from './table-page.ts';

/** Embedding bag: computes the weighted sum or weighted mean of each bag's rows. */
export const embeddingBag = defineKernel({
  name: 'embedding-bag',
  code,
  buffers: {
    offsets: 'read array<u32>',
    rows: 'read array<u32>',
    weights: 'read array<f32>',
    table_page: 'read array<vec4f>',
    output: 'read-write array<vec4f>',
  },
  params: {
    bag_count: 'u32',
    rank_vectors: 'u32',
    page_first_row: 'u32',
    page_row_count: 'u32',
    accumulate: 'u32',
    is_mean: 'u32',
  },
  overrides: { workgroup_size: 'u32' },
});

const workgroupSize = 64;

const bagOverrides = { workgroup_size: workgroupSize };

/** Encodes `bagCount` bags, one dispatch per page. */
export function encodeEmbeddingBag(
  commands: CommandBatch,
  options: {
    /**
     * `bagCount + 1` positions in `rows` and `weights`: bag n has the entries from `offsets[n]` to `offsets[n + 1]`.
     */
    readonly offsets: BufferRange;
    readonly rows: BufferRange;
    readonly weights: BufferRange;
    readonly bagCount: number;
    readonly mode: 'sum' | 'mean';
    readonly rankVectors: number;
    /** All pages of the table. */
    readonly pages: readonly TablePage[];
    /** `bagCount × rankVectors` vec4. */
    readonly output: BufferRange;
  },
): void {
  const { offsets, rows, weights, bagCount, mode, rankVectors, pages, output } = options;
  for (const [number, page] of pages.entries()) {
    embeddingBag.encode(commands, {
      buffers: { offsets, rows, weights, table_page: page.buffer, output },
      params: {
        bag_count: bagCount,
        rank_vectors: rankVectors,
        page_first_row: page.firstRow,
        page_row_count: page.rowCount,
        accumulate: number === 0 ? 0 : 1,
        is_mean: mode === 'mean' ? 1 : 0,
      },
      overrides: bagOverrides,
      workgroups: Math.ceil((bagCount * rankVectors) / workgroupSize),
    });
  }
}
