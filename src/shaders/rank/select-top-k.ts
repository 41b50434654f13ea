import type { BufferRange } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import type { GpuDevice } from '../../gpu/device.ts';
import { defineKernel } from '../../gpu/kernel.ts';
import code from './select-top-k.wgsl?raw';

/** Selects exactly the k best of each segment of each query's candidates. Run on its own output, it merges segments. */
export const selectTopK = defineKernel({
  name: 'select-top-k',
  code,
  buffers: { candidates: 'read array<u32>', selected: 'read-write array<vec2u>' },
  params: {
    query_count: 'u32',
    candidate_count: 'u32',
    carries_rows: 'u32',
    segment_length: 'u32',
    segment_count: 'u32',
    k: 'u32',
    sort_length: 'u32',
    by_row: 'u32',
  },
  overrides: { workgroup_size: 'u32' },
});

/** The largest k that the sort in workgroup memory has room for. */
export const largestSelectK = 1024;

/** How the work is divided; the result does not depend on it. */
export interface SelectShape {
  /** Invocations per workgroup, a multiple of 16. */
  readonly workgroupSize: number;
  /** Candidates per workgroup; at least twice `largestSelectK`, so that each round at least halves their number. */
  readonly segmentLength: number;
}

/**
 * Many small segments fill a GPU; a software adapter has few threads, and each invocation makes its barriers dearer.
 */
export const selectShapes = {
  hardware: { workgroupSize: 256, segmentLength: 4096 },
  software: { workgroupSize: 16, segmentLength: 16_384 },
} as const satisfies Record<string, SelectShape>;

/** The shape for a device. */
export function selectShape({ isSoftware }: Pick<GpuDevice, 'isSoftware'>): SelectShape {
  return isSoftware ? selectShapes.software : selectShapes.hardware;
}

/**
 * Encodes the selection for `queryCount` queries, in as many rounds as are needed to reduce the candidates of each
 * query to one list of k.
 *
 * @param options.reserve returns buffer 0 or 1 with at least `byteLength` bytes; the rounds write them in turn, each
 *   round less than the one before
 * @returns the buffer that holds the result, `queryCount × k` pairs (key, row)
 */
export function encodeSelectTopK<Range extends BufferRange>(
  commands: CommandBatch,
  options: {
    readonly queryCount: number;
    /** Candidates per query. */
    readonly candidateCount: number;
    /** 1 to `largestSelectK`. */
    readonly k: number;
    /** `queryCount × candidateCount` keys, or pairs (key, row) in which equal keys are ordered by row. */
    readonly keys: BufferRange;
    readonly arePairs?: boolean;
    /** Sort the result by row, ascending, instead of best first. */
    readonly byRow?: boolean;
    readonly reserve: (turn: number, byteLength: number) => Range;
    /** Default: `selectShape` of the device. */
    readonly shape?: SelectShape;
  },
): Range {
  const { queryCount, k, byRow, reserve, shape = selectShape(commands.gpu) } = options;
  let { keys: candidates, candidateCount, arePairs } = options;
  for (let turn = 0; ; turn = 1 - turn) {
    const segmentCount = Math.max(1, Math.ceil(candidateCount / shape.segmentLength));
    const selected = reserve(turn, 8 * queryCount * segmentCount * k);
    selectTopK.encode(commands, {
      buffers: { candidates, selected },
      params: {
        query_count: queryCount,
        candidate_count: candidateCount,
        carries_rows: arePairs ? 1 : 0,
        segment_length: shape.segmentLength,
        segment_count: segmentCount,
        k,
        sort_length: 2 ** Math.ceil(Math.log2(k)),
        by_row: byRow ? 1 : 0,
      },
      overrides: { workgroup_size: shape.workgroupSize },
      workgroups: queryCount * segmentCount,
    });
    if (segmentCount === 1) return selected;
    candidates = selected;
    candidateCount = segmentCount * k;
    arePairs = true;
  }
}
