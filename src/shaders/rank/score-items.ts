import type { BufferRange } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import type { GpuDevice } from '../../gpu/device.ts';
import { defineKernel } from '../../gpu/kernel.ts';
import rankingCode from '../lib/ranking.wgsl?raw';
import scoreRowsCode from '../lib/score-rows.wgsl?raw';
import {
  type RankingBatch,
  rankingInterface,
  rankingOverrides,
  rankingParams,
  rankingWorkgroupSize,
  tilesOfPage,
} from './ranking.ts';
import code from './score-items.wgsl?raw';

/**
 * Scores a page of items for a batch of queries; writes integer keys in the same order, or each tile's greatest key.
 */
export const scoreItems = defineKernel({
  name: 'score-items',
  code: rankingCode + scoreRowsCode + code,
  buffers: { ...rankingInterface.buffers, items_page: 'read array<vec4f>', keys: 'read-write array<u32>' },
  params: rankingInterface.params,
  overrides: { ...rankingInterface.overrides, query_tile: 'u32', lanes: 'u32', maxima: 'u32' },
});

/** Overrides for `queryCount` queries: four queries share the loads of rows, a single query has none to share. */
export function scoreOverrides(
  { isSoftware }: Pick<GpuDevice, 'isSoftware'>,
  { queryCount, maxima = false }: { readonly queryCount: number; readonly maxima?: boolean | undefined },
) {
  return {
    ...rankingOverrides,
    query_tile: queryCount === 1 ? 1 : 4,
    lanes: maxima && isSoftware ? 1 : 8,
    maxima: maxima ? 1 : 0,
  };
}

/**
 * Encodes the scores of every item for a batch of queries.
 *
 * @param output.keys `queryCount × itemCount` keys (`scoresOfKeys` is the way back); with `maxima`, `queryCount` times
 *   the number of tiles
 */
export function encodeScoreItems(
  commands: CommandBatch,
  batch: RankingBatch,
  { keys, maxima }: { readonly keys: BufferRange; readonly maxima?: boolean },
): void {
  const queryCount = batch.params.query_count;
  const overrides = scoreOverrides(commands.gpu, { queryCount, maxima });
  for (const page of batch.pages) {
    scoreItems.encode(commands, {
      buffers: { ...batch.buffers, items_page: page.buffer, keys },
      params: rankingParams(batch, page),
      overrides,
      workgroups:
        Math.ceil((tilesOfPage(page) * overrides.lanes) / rankingWorkgroupSize) *
        Math.ceil(queryCount / overrides.query_tile),
    });
  }
}

/** The key of a masked item, unequal to the key of any score. */
export const maskedKey = 0;

/** Converts keys back to scores; a masked item's score is NaN. */
export function scoresOfKeys(keys: Uint32Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(keys.length);
  for (const [place, key] of keys.entries()) bits[place] = key >= 0x8000_0000 ? key & 0x7fff_ffff : ~key;
  return new Float32Array(bits.buffer);
}
