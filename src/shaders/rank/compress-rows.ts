import type { BufferScope } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import { defineKernel } from '../../gpu/kernel.ts';
import code from './compress-rows.wgsl?raw';
import { type CodedPage, tileRows, tilesOfPage } from './ranking.ts';
import type { TablePage } from '../rows/table-page.ts';

/** Computes eight-bit codes of rows and a bound of their error. */
export const compressRows = defineKernel({
  name: 'compress-rows',
  code,
  buffers: {
    items_page: 'read array<vec4f>',
    codes_page: 'read-write array<u32>',
    row_bounds: 'read-write array<vec2f>',
  },
  params: { rank_vectors: 'u32', page_row_count: 'u32' },
  overrides: { workgroup_size: 'u32' },
});

const workgroupSize = 64;

/** Encodes the compression of a page; the codes are created in `buffers`. */
export function encodeCompressRows(
  commands: CommandBatch,
  options: { readonly page: TablePage; readonly rankVectors: number; readonly buffers: BufferScope },
): CodedPage {
  const { page, rankVectors, buffers } = options;
  // Codes cover whole tiles, even where the last one is short.
  const rowCount = tilesOfPage(page) * tileRows;
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
