import type { BufferRange } from '../gpu/buffers.ts';
import type { CommandBatch } from '../gpu/command-batch.ts';
import type { GpuDevice } from '../gpu/device.ts';
import { defineKernel } from '../gpu/kernel.ts';
import code from './select-top-k.wgsl?raw';

/** The k best of each segment of each query's candidates, exactly; run over its own output, it merges. */
export const selectTopK = defineKernel<{
  buffers: 'candidates' | 'selected';
  params:
    | 'query_count'
    | 'candidate_count'
    | 'carries_rows'
    | 'segment_length'
    | 'segment_count'
    | 'k'
    | 'sort_length'
    | 'by_row';
  overrides: 'workgroup_size';
}>('select-top-k', code);

/** The largest k that the sort in workgroup memory holds. */
export const largestSelectK = 1024;

/** How the work is cut; the result is the same with any. */
export interface SelectShape {
  /** Invocations of a workgroup, a multiple of 16. */
  readonly workgroupSize: number;
  /** Candidates that one workgroup looks through; at least twice `largestSelectK`, so that each round leaves fewer. */
  readonly segmentLength: number;
}

/** Many small segments fill a GPU; a software adapter has few threads, and pays for every barrier by the invocation. */
export const selectShapes = {
  hardware: { workgroupSize: 256, segmentLength: 4096 },
  software: { workgroupSize: 16, segmentLength: 16_384 },
} as const satisfies Record<string, SelectShape>;

/** The shape that suits a device. */
export function selectShape({ isSoftware }: Pick<GpuDevice, 'isSoftware'>): SelectShape {
  return isSoftware ? selectShapes.software : selectShapes.hardware;
}

/** One round: how many candidates a query come in, in how many segments they are looked through. */
export interface SelectRound {
  readonly candidateCount: number;
  readonly segmentCount: number;
}

/** The rounds that reduce `candidateCount` candidates a query to one list of k. */
export function selectRounds(candidateCount: number, k: number, { segmentLength }: SelectShape): SelectRound[] {
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
    /** `queryCount × candidateCount` keys, or pairs (key, row) in which equal keys stand in the order of their rows. */
    readonly keys: BufferRange;
    readonly arePairs?: boolean;
    /** Rows ascending instead of the best first. */
    readonly byRow?: boolean;
    readonly lists: readonly [Range, Range];
    readonly shape: SelectShape;
  },
): Range {
  const { queryCount, k, lists, shape } = options;
  let candidates = options.keys;
  let selected = lists[0];
  for (const [round, { candidateCount, segmentCount }] of selectRounds(options.candidateCount, k, shape).entries()) {
    selected = lists[round % 2 === 0 ? 0 : 1];
    selectTopK.encode(commands, {
      buffers: { candidates, selected },
      params: {
        query_count: queryCount,
        candidate_count: candidateCount,
        carries_rows: round > 0 || options.arePairs ? 1 : 0,
        segment_length: shape.segmentLength,
        segment_count: segmentCount,
        k,
        sort_length: 2 ** Math.ceil(Math.log2(k)),
        by_row: options.byRow ? 1 : 0,
      },
      overrides: { workgroup_size: shape.workgroupSize },
      workgroups: queryCount * segmentCount,
    });
    candidates = selected;
  }
  return selected;
}
