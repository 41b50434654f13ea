import type { BufferScope } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import { defineKernel } from '../../gpu/kernel.ts';
import code from './compress-rows.wgsl?raw';
import { type RankingPage, tileRows } from './ranking.ts';
import type { TablePage } from '../rows/table-page.ts';

/** Eight-bit codes of rows, and how far they may be off. */
export const compressRows = defineKernel<{
  buffers: 'items_page' | 'codes_page' | 'row_bounds';
  params: 'rank_vectors' | 'page_row_count';
  overrides: 'workgroup_size';
}>('compress-rows', code);

const workgroupSize = 64;

/** Encodes the codes of a page, which are kept in `buffers`. */
export function encodeCompressRows(
  commands: CommandBatch,
  options: { readonly page: TablePage; readonly rankVectors: number; readonly buffers: BufferScope },
): RankingPage {
  const { page, rankVectors, buffers } = options;
  // Of whole tiles.
  const rowCount = Math.ceil(page.rowCount / tileRows) * tileRows;
  const codes = {
    codes_page: buffers.create('codes', 16 * Math.ceil(rankVectors / 4) * rowCount),
    row_bounds: buffers.create('code scales', 8 * rowCount),
  };
  compressRows.encode(commands, {
    buffers: { items_page: page.buffer, ...codes },
    params: { rank_vectors: rankVectors, page_row_count: page.rowCount },
    overrides: { workgroup_size: workgroupSize },
    workgroups: Math.ceil(page.rowCount / workgroupSize),
  });
  return { ...page, codes };
}
