import { defineKernel } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import code from './score-items.wgsl?raw';

/** Scores a page of items for a batch of queries, as integer keys of the same order (`scoresOfKeys` is the way back). */
export const scoreItems = defineKernel({
  label: 'score-items',
  code,
  bindings: {
    queries: 'read',
    items_page: 'read',
    scale_bias: 'read',
    mask: 'read',
    keys: 'read-write',
    params: 'uniform',
  },
  params: uniformStruct({
    query_count: 'u32',
    item_count: 'u32',
    rank_blocks: 'u32',
    page_first_row: 'u32',
    page_row_count: 'u32',
    has_mask: 'u32',
    mask_stride: 'u32',
  }),
  overrides: { workgroup_size: 'u32', query_tile: 'u32' },
});

const workgroupSize = 64;

/** Overrides for a number of queries: a single one has no row loads to share. */
export function scoreOverrides(queryCount: number): { readonly workgroup_size: number; readonly query_tile: number } {
  return { workgroup_size: workgroupSize, query_tile: queryCount === 1 ? 1 : 4 };
}

/** Workgroups that score one page. */
export function scoreWorkgroups(queryCount: number, pageRowCount: number): number {
  return Math.ceil(pageRowCount / workgroupSize) * Math.ceil(queryCount / scoreOverrides(queryCount).query_tile);
}

/** The key of a masked item; no score has it. */
export const maskedKey = 0;

/** Scores of the given keys; a masked item's is NaN. */
export function scoresOfKeys(keys: Uint32Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(keys.length);
  for (const [place, key] of keys.entries()) bits[place] = key >= 0x8000_0000 ? key & 0x7fff_ffff : ~key;
  return new Float32Array(bits.buffer);
}
