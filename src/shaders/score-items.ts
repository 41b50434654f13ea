import type { BufferRange } from '../gpu/buffers.ts';
import type { CommandBatch } from '../gpu/command-batch.ts';
import { defineKernel } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import code from './score-items.wgsl?raw';
import type { TablePage } from './table-page.ts';

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
    rank_vectors: 'u32',
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

/** Masks of a batch: `stride` words a query, 0 where one mask holds for all. */
export interface QueryMasks {
  readonly words: BufferRange;
  readonly stride: number;
}

/** Encodes the scores of every item for `queryCount` queries, one dispatch a page. */
export function encodeScoreItems(
  commands: CommandBatch,
  options: {
    /** `queryCount × rankVectors` vec4. */
    readonly queries: BufferRange;
    readonly queryCount: number;
    readonly itemCount: number;
    readonly rankVectors: number;
    /** All pages of the items. */
    readonly pages: readonly TablePage[];
    /** `itemCount` pairs (scale, bias). */
    readonly scaleBias: BufferRange;
    readonly mask: QueryMasks | null;
    /** `queryCount × itemCount`. */
    readonly keys: BufferRange;
  },
): void {
  const { queries, queryCount, itemCount, rankVectors, pages, scaleBias, mask, keys } = options;
  const overrides = scoreOverrides(queryCount);
  const tileCount = Math.ceil(queryCount / overrides.query_tile);
  for (const page of pages) {
    scoreItems.encode(commands, {
      // Without a mask the binding still needs a buffer, which is not read.
      buffers: { queries, items_page: page.buffer, scale_bias: scaleBias, mask: mask?.words ?? scaleBias, keys },
      params: {
        query_count: queryCount,
        item_count: itemCount,
        rank_vectors: rankVectors,
        page_first_row: page.firstRow,
        page_row_count: page.rowCount,
        has_mask: mask ? 1 : 0,
        mask_stride: mask?.stride ?? 0,
      },
      overrides,
      workgroups: Math.ceil(page.rowCount / workgroupSize) * tileCount,
    });
  }
}

/** The key of a masked item; no score has it. */
export const maskedKey = 0;

/** Scores of the given keys; a masked item's is NaN. */
export function scoresOfKeys(keys: Uint32Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(keys.length);
  for (const [place, key] of keys.entries()) bits[place] = key >= 0x8000_0000 ? key & 0x7fff_ffff : ~key;
  return new Float32Array(bits.buffer);
}
