import type { BufferRange } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import type { Kernel } from '../../gpu/kernel.ts';
import type { TablePage } from '../rows/table-page.ts';

/** Items that are looked at together, and the words of a mask. */
export const tileRows = 32;

export const rankingWorkgroupSize = 64;

export const rankingOverrides = { workgroup_size: rankingWorkgroupSize } as const;

/** What every kernel that ranks has (`lib/ranking.wgsl`). */
export interface RankingNames {
  readonly buffers: 'queries' | 'scale_bias' | 'mask';
  readonly params:
    | 'query_count'
    | 'item_count'
    | 'rank_vectors'
    | 'page_first_row'
    | 'page_row_count'
    | 'has_mask'
    | 'mask_stride'
    | 'list_length'
    | 'has_bounds';
}

/** Buffers by a binding's name. */
type Buffers = Readonly<Record<string, BufferRange>>;

/** A page of the items, which begins at a multiple of `tileRows`. */
export interface RankingPage extends TablePage {
  /** `codes_page` and `row_bounds`, where the page has codes. */
  readonly codes?: Buffers;
}

/** Queries and what they are to be ranked against, by the names of `lib/ranking.wgsl`. */
export interface RankingBatch {
  /** All pages of the items. */
  readonly pages: readonly RankingPage[];
  /** Without a mask its binding still needs a buffer, which is not read. */
  readonly buffers: { readonly queries: BufferRange; readonly scale_bias: BufferRange; readonly mask: BufferRange };
  readonly params: {
    readonly query_count: number;
    readonly item_count: number;
    readonly rank_vectors: number;
    readonly has_mask: 0 | 1;
    readonly mask_stride: number;
  };
}

/** Encodes a kernel that ranks, one dispatch a page. */
export function encodeRanking(
  commands: CommandBatch,
  kernel: Kernel,
  batch: RankingBatch,
  call: {
    /** Those that the kernel has besides the batch's and the page's. */
    readonly buffers: Buffers;
    readonly params?: { readonly list_length: number; readonly has_bounds: 0 | 1 };
    readonly overrides: Readonly<Record<string, number>>;
    readonly workgroups: (pageTiles: number) => number;
  },
): void {
  for (const page of batch.pages) {
    kernel.encode(commands, {
      buffers: { ...batch.buffers, items_page: page.buffer, ...page.codes, ...call.buffers },
      params: {
        list_length: 0,
        has_bounds: 0,
        page_first_row: page.firstRow,
        page_row_count: page.rowCount,
        ...batch.params,
        ...call.params,
      },
      overrides: call.overrides,
      workgroups: call.workgroups(Math.ceil(page.rowCount / tileRows)),
    });
  }
}
