import type { BufferRange } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import { defineKernel } from '../../gpu/kernel.ts';
import code from './bound-tiles.wgsl?raw';
import rankingCode from '../lib/ranking.wgsl?raw';
import {
  encodeRanking,
  type RankingBatch,
  type RankingNames,
  rankingOverrides,
  rankingWorkgroupSize,
} from './ranking.ts';

/** Upper bounds of the best score of each tile, from eight-bit codes of the rows. */
export const boundTiles = defineKernel<{
  buffers: RankingNames['buffers'] | 'codes_page' | 'row_bounds' | 'keys';
  params: RankingNames['params'];
  overrides: 'workgroup_size';
}>('bound-tiles', rankingCode + code);

/** Encodes the bounds of a batch, whose pages have codes: `keys` takes `queryCount` times the number of tiles. */
export function encodeBoundTiles(commands: CommandBatch, batch: RankingBatch, keys: BufferRange): void {
  encodeRanking(commands, boundTiles, batch, {
    buffers: { keys },
    overrides: rankingOverrides,
    workgroups: (pageTiles) => Math.ceil(pageTiles / rankingWorkgroupSize) * batch.params.query_count,
  });
}
