import type { BufferRange } from '../../gpu/buffers.ts';
import type { TablePage } from '../rows/table-page.ts';

/** Items per tile: ranking processes a tile together, and one mask word covers it. */
export const tileRows = 32;

export const rankingWorkgroupSize = 64;

export const rankingOverrides = { workgroup_size: rankingWorkgroupSize } as const;

/** What `lib/ranking.wgsl` declares; kernels include it in their own declarations. */
export const rankingInterface = {
  buffers: { queries: 'read array<vec4f>', scale_bias: 'read array<mat4x2f>', mask: 'read array<u32>' },
  params: {
    query_count: 'u32',
    item_count: 'u32',
    rank_vectors: 'u32',
    page_first_row: 'u32',
    page_row_count: 'u32',
    has_mask: 'u32',
    mask_stride: 'u32',
    list_length: 'u32',
    has_bounds: 'u32',
  },
  overrides: { workgroup_size: 'u32' },
} as const;

/** Eight-bit codes of a page's rows (`compress-rows`). */
export interface PageCodes {
  readonly codes_page: BufferRange;
  readonly row_bounds: BufferRange;
}

/** A page with its codes. */
export interface CodedPage extends TablePage {
  readonly codes: PageCodes;
}

/** Queries and the items to rank for them, by the names of `lib/ranking.wgsl`. */
export interface RankingBatch<Page extends TablePage = TablePage> {
  /** All pages of the items; each begins at a multiple of `tileRows`. */
  readonly pages: readonly Page[];
  /** Without a mask (`has_mask` 0), `mask` may be any buffer: it is bound, but not read. */
  readonly buffers: { readonly queries: BufferRange; readonly scale_bias: BufferRange; readonly mask: BufferRange };
  readonly params: {
    readonly query_count: number;
    readonly item_count: number;
    readonly rank_vectors: number;
    readonly has_mask: 0 | 1;
    readonly mask_stride: number;
  };
}

/** The parameters of a ranking kernel for one page. Kernels without a list of tiles ignore `list`. */
export function rankingParams(
  batch: RankingBatch,
  page: TablePage,
  list: { readonly list_length: number; readonly has_bounds: 0 | 1 } = { list_length: 0, has_bounds: 0 },
) {
  return { ...batch.params, page_first_row: page.firstRow, page_row_count: page.rowCount, ...list };
}

/** The number of tiles of a page; the last may be short. */
export function tilesOfPage({ rowCount }: TablePage): number {
  return Math.ceil(rowCount / tileRows);
}
