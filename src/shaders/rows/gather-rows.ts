import type { BufferRange } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import { defineKernel } from '../../gpu/kernel.ts';
import code from './gather-rows.wgsl?raw';
import type { TablePage } from './table-page.ts';

/** Embedding look-up: copies the given rows of a table page, in the given order. */
export const gatherRows = defineKernel({
  name: 'gather-rows',
  code,
  buffers: { rows: 'read array<u32>', table_page: 'read array<vec4f>', output: 'read-write array<vec4f>' },
  params: { row_count: 'u32', rank_vectors: 'u32', page_first_row: 'u32', page_row_count: 'u32' },
  overrides: { workgroup_size: 'u32' },
});

const workgroupSize = 64;

const gatherOverrides = { workgroup_size: workgroupSize };

/** Encodes the look-up of `rowCount` rows, one dispatch per page. */
export function encodeGatherRows(
  commands: CommandBatch,
  options: {
    /** `rowCount` row numbers of the table. */
    readonly rows: BufferRange;
    readonly rowCount: number;
    readonly rankVectors: number;
    /** Pages that together hold every requested row. The output of a row that no page holds is not written. */
    readonly pages: readonly TablePage[];
    /** `rowCount × rankVectors` vec4. */
    readonly output: BufferRange;
  },
): void {
  const { rows, rowCount, rankVectors, pages, output } = options;
  for (const page of pages) {
    gatherRows.encode(commands, {
      buffers: { rows, table_page: page.buffer, output },
      params: {
        row_count: rowCount,
        rank_vectors: rankVectors,
        page_first_row: page.firstRow,
        page_row_count: page.rowCount,
      },
      overrides: gatherOverrides,
      workgroups: Math.ceil((rowCount * rankVectors) / workgroupSize),
    });
  }
}
