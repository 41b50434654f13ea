import type { BufferRange } from '../gpu/buffers.ts';
import type { CommandBatch } from '../gpu/command-batch.ts';
import { defineKernel } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import code from './select-top-k.wgsl?raw';

/** The k best of each segment of each query's candidates, exactly; run over its own output, it merges. */
export const selectTopK = defineKernel({
  label: 'select-top-k',
  code,
  bindings: { candidates: 'read', selected: 'read-write', params: 'uniform' },
  params: uniformStruct({
    query_count: 'u32',
    candidate_count: 'u32',
    carries_rows: 'u32',
    segment_length: 'u32',
    segment_count: 'u32',
    k: 'u32',
    sort_length: 'u32',
  }),
  overrides: { workgroup_size: 'u32' },
});

/** The largest k that the sort in workgroup memory holds. */
export const largestSelectK = 1024;

/** Candidates that one workgroup looks through; at least twice the largest k, so that each round leaves fewer. */
const segmentLength = 4096;

/** Overrides for a device. */
export function selectOverrides(isSoftware: boolean): { readonly workgroup_size: number } {
  return { workgroup_size: isSoftware ? 64 : 256 };
}

/** One round: how many candidates a query come in, in how many segments they are looked through. */
export interface SelectRound {
  readonly candidateCount: number;
  readonly segmentCount: number;
}

/** The rounds that reduce `candidateCount` candidates a query to one list of k. */
export function selectRounds(candidateCount: number, k: number): SelectRound[] {
  const rounds: SelectRound[] = [];
  for (let remaining = candidateCount; ;) {
    const segmentCount = Math.max(1, Math.ceil(remaining / segmentLength));
    rounds.push({ candidateCount: remaining, segmentCount });
    if (segmentCount === 1) return rounds;
    remaining = segmentCount * k;
  }
}

/** Bytes that the lists of a round take: pairs (key, row). */
export function selectedByteLength(queryCount: number, k: number, { segmentCount }: SelectRound): number {
  return 8 * queryCount * segmentCount * k;
}

/**
 * Encodes all rounds for `queryCount` queries. `lists` are two buffers that the rounds write by turns, the first at
 * least `selectedByteLength` of round one, the second of round two.
 *
 * @returns the buffer of `lists` that holds the result, `queryCount × k` pairs (key, row)
 */
export function encodeSelectTopK<Range extends BufferRange>(
  commands: CommandBatch,
  options: {
    readonly queryCount: number;
    /** Keys a query. */
    readonly candidateCount: number;
    /** 1 to `largestSelectK`. */
    readonly k: number;
    /** `queryCount × candidateCount` keys. */
    readonly keys: BufferRange;
    readonly lists: readonly [Range, Range];
  },
): Range {
  const { queryCount, k, lists } = options;
  let candidates = options.keys;
  let selected = lists[0];
  for (const [round, { candidateCount, segmentCount }] of selectRounds(options.candidateCount, k).entries()) {
    selected = lists[round % 2 === 0 ? 0 : 1];
    selectTopK.encode(commands, {
      buffers: { candidates, selected },
      params: {
        query_count: queryCount,
        candidate_count: candidateCount,
        carries_rows: round === 0 ? 0 : 1,
        segment_length: segmentLength,
        segment_count: segmentCount,
        k,
        sort_length: 2 ** Math.ceil(Math.log2(k)),
      },
      overrides: selectOverrides(commands.gpu.isSoftware),
      workgroups: queryCount * segmentCount,
    });
    candidates = selected;
  }
  return selected;
}
