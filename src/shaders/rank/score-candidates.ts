import type { BufferRange } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import { defineKernel } from '../../gpu/kernel.ts';
import rankingCode from '../lib/ranking.wgsl?raw';
import scoreRowsCode from '../lib/score-rows.wgsl?raw';
import {
  type RankingBatch,
  rankingInterface,
  rankingOverrides,
  rankingParams,
  rankingWorkgroupSize,
  tileRows,
} from './ranking.ts';
import code from './score-candidates.wgsl?raw';

/** Scores the rows of each query's list of tiles. */
export const scoreCandidates = defineKernel({
  name: 'score-candidates',
  code: rankingCode + scoreRowsCode + code,
  buffers: {
    ...rankingInterface.buffers,
    items_page: 'read array<vec4f>',
    tiles: 'read array<vec2u>',
    candidates: 'read-write array<vec2u>',
  },
  params: rankingInterface.params,
  overrides: { ...rankingInterface.overrides, query_tile: 'u32' },
});

export const candidateOverrides = { ...rankingOverrides, query_tile: 1 } as const;

/** Pairs (key, row) per query for `listLength` tiles: one per row, after a first that bounds all items not listed. */
export function candidateCount(listLength: number): number {
  return 1 + tileRows * listLength;
}

/** Encodes the scores of the rows of `listLength` tiles per query. */
export function encodeScoreCandidates(
  commands: CommandBatch,
  batch: RankingBatch,
  options: {
    readonly listLength: number;
    /** Whether the keys of the tiles are upper bounds. */
    readonly hasBounds: boolean;
    /** `queryCount × listLength` pairs (key, tile), tiles ascending. */
    readonly tiles: BufferRange;
    /** `queryCount × candidateCount(listLength)` pairs. */
    readonly candidates: BufferRange;
  },
): void {
  const { listLength, hasBounds, tiles, candidates } = options;
  for (const page of batch.pages) {
    scoreCandidates.encode(commands, {
      buffers: { ...batch.buffers, items_page: page.buffer, tiles, candidates },
      params: rankingParams(batch, page, { list_length: listLength, has_bounds: hasBounds ? 1 : 0 }),
      overrides: candidateOverrides,
      workgroups: Math.ceil((batch.params.query_count * listLength * tileRows) / 4 / rankingWorkgroupSize),
    });
  }
}
