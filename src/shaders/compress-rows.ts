import type { BufferRange } from '../gpu/buffers.ts';
import type { CommandBatch } from '../gpu/command-batch.ts';
import { defineKernel } from '../gpu/kernel.ts';
import code from './compress-rows.wgsl?raw';
import type { TablePage } from './table-page.ts';

/** Eight-bit codes of rows, and how far they may be off. */
export const compressRows = defineKernel<{
  buffers: 'items_page' | 'codes_page' | 'row_bounds';
  params: 'rank_vectors' | 'page_row_count';
  overrides: 'workgroup_size';
}>('compress-rows', code);

const workgroupSize = 64;

/** Bytes of the codes of a page. */
export function codesByteLength(rowCount: number, rankVectors: number): number {
  return 16 * Math.ceil(rankVectors / 4) * rowCount;
}

/** Encodes the codes of a page, and a pair of floats a row. */
export function encodeCompressRows(
  commands: CommandBatch,
  options: {
    readonly page: TablePage;
    readonly rankVectors: number;
    readonly codes: { readonly codes_page: BufferRange; readonly row_bounds: BufferRange };
  },
): void {
  const { page, rankVectors, codes } = options;
  compressRows.encode(commands, {
    buffers: { items_page: page.buffer, ...codes },
    params: { rank_vectors: rankVectors, page_row_count: page.rowCount },
    overrides: { workgroup_size: workgroupSize },
    workgroups: Math.ceil(page.rowCount / workgroupSize),
  });
}
