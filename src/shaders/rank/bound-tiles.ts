import type { BufferRange } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import { defineKernel } from '../../gpu/kernel.ts';
import code from './bound-tiles.wgsl?raw';
import rankingCode from '../lib/ranking.wgsl?raw';
import {
  type CodedPage,
  type RankingBatch,
  rankingInterface,
  rankingOverrides,
  rankingParams,
  rankingWorkgroupSize,
  tilesOfPage,
} from './ranking.ts';

/** Computes an upper bound of the best score of each tile, from eight-bit codes of the rows. */
export const boundTiles = defineKernel({
  name: 'bound-tiles',
  code: rankingCode + code,
  buffers: {
    ...rankingInterface.buffers,
    codes_page: 'read array<Panel>',
    row_bounds: 'read array<mat4x2f>',
    keys: 'read-write array<u32>',
  },
  params: rankingInterface.params,
  overrides: rankingInterface.overrides,
});

/** Encodes the bounds for a batch of queries; `keys` receives `queryCount × tiles` keys. */
export function encodeBoundTiles(commands: CommandBatch, batch: RankingBatch<CodedPage>, keys: BufferRange): void {
  for (const page of batch.pages) {
    boundTiles.encode(commands, {
      buffers: { ...batch.buffers, ...page.codes, keys },
      params: rankingParams(batch, page),
      overrides: rankingOverrides,
      workgroups: Math.ceil(tilesOfPage(page) / rankingWorkgroupSize) * batch.params.query_count,
    });
  }
}
