import { expect } from 'vitest';
import type { RowEquations } from '../../../src/backends/backend.ts';
import { padRows, unpadRows } from '../../../src/backends/padded-rows.ts';
import { BufferScope } from '../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../src/gpu/command-batch.ts';
import type { GpuLimits } from '../../../src/gpu/device.ts';
import { alsCgInvocation, alsCgInvocationWorkgroups } from '../../../src/shaders/solve/als-cg-invocation.ts';
import {
  alsCgSubgroup,
  alsCgSubgroupLanes,
  alsCgSubgroupWorkgroups,
} from '../../../src/shaders/solve/als-cg-subgroup.ts';
import { alsCgWorkgroup, alsCgWorkgroupTile } from '../../../src/shaders/solve/als-cg-workgroup.ts';
import { referenceGramian } from '../../reference/als.ts';
import { readFloats } from '../read-floats.ts';
import { randomEquations, randomNumbers, uniform } from '../synthetic.ts';
import { validated } from '../validated-gpu.ts';

/** Which kernel solves all rows. */
export type CgShape = 'invocation' | 'workgroup' | 'subgroup';

/** Row equations against a fixed side. */
export interface CgProblem {
  readonly equations: RowEquations;
  readonly factors: number;
  readonly unobservedWeight: number;
  /** `columnCount × rank`. */
  readonly fixed: Float32Array;
  /** `rowCount × rank`. */
  readonly start: Float32Array;
  /** Instead of the Gramian a diagonal, which preconditions: `rank`. */
  readonly diagonal?: Float32Array;
  /** Share of rᵀ M⁻¹ r at which a row ends early. */
  readonly tolerance?: number;
}

/** Rows of the given degrees, weights a in [0, 2), b in [−1, 2), factors below 1/√rank. */
export function randomProblem(options: {
  degrees: readonly number[];
  columnCount: number;
  rank: number;
  alpha0?: number;
  lambda?: number;
}): CgProblem {
  const { degrees, columnCount, rank, alpha0 = 0.3, lambda = 0.2 } = options;
  const next = uniform(100 * rank + degrees.length);
  const scale = 1 / Math.sqrt(rank);
  return {
    equations: randomEquations(next, { degrees, columnCount, lambda }),
    factors: rank,
    unobservedWeight: alpha0,
    fixed: randomNumbers(columnCount * rank, { seed: rank, scale }),
    start: randomNumbers(degrees.length * rank, { seed: rank + 1, scale }),
  };
}

/** How `solveByCg` solves. */
export interface CgOptions {
  readonly shape: CgShape;
  readonly steps: number;
  readonly limits?: Partial<GpuLimits>;
  /** The fixed side in two pages, the first of so many rows. */
  readonly pageRows?: number;
  /** All entries share the weights of the first. */
  readonly hasOneWeight?: boolean;
}

/** Solves on the GPU: `rowCount × rank`. Row n is solved at row 2 (rowCount − 1 − n): the rest must stay as it was. */
export function solveByCg(problem: CgProblem, options: CgOptions): Promise<Float32Array> {
  const { shape, steps, limits, pageRows, hasOneWeight = false } = options;
  return validated(async (gpu) => {
    const { equations, factors: rank, unobservedWeight: alpha0, fixed, start } = problem;
    const { rowCount, columnCount, rowOffsets, regularization } = equations;
    const rankVectors = Math.ceil(rank / 4);
    const stride = 4 * rankVectors;
    using buffers = new BufferScope(gpu, 'test');
    const rows = new Uint32Array(4 * rowCount);
    const rowFloats = new Float32Array(rows.buffer);
    const factors = new Float32Array(2 * rowCount * stride).fill(Number.NaN);
    const placeOf = (row: number): number => 2 * (rowCount - 1 - row);
    for (let row = 0; row < rowCount; row++) {
      rows.set([placeOf(row), rowOffsets[row]!, rowOffsets[row + 1]!], 4 * row);
      rowFloats[4 * row + 3] = regularization[row]!;
      // Rows without entries have no start: what they become must not depend on it.
      if (rowOffsets[row] === rowOffsets[row + 1]) continue;
      factors.set(padRows(start, { factors: rank, firstRow: row, rowCount: 1 }), placeOf(row) * stride);
    }
    const weights = new Float32Array(2 * equations.columns.length);
    for (let entry = 0; entry < equations.columns.length; entry++) {
      weights[2 * entry] = equations.a[entry]!;
      weights[2 * entry + 1] = equations.b[entry]!;
    }
    const { diagonal, tolerance = 0 } = problem;
    const gramian = new Float32Array(diagonal ? stride + 4 : stride * stride);
    if (diagonal) {
      gramian.set(diagonal);
      gramian[stride] = Math.max(...diagonal);
    } else gramian.set(padRows(Float32Array.from(referenceGramian(fixed, rank)), { factors: rank, rowCount: rank }));
    const first = pageRows ?? columnCount;
    const target = buffers.upload('factors', factors);
    const fixedPage = (firstRow: number, count: number): GPUBuffer =>
      buffers.upload('fixed', padRows(fixed, { factors: rank, firstRow, rowCount: count }));
    const call = {
      buffers: {
        rows: buffers.upload('rows', rows),
        columns: buffers.upload('columns', equations.columns),
        weights: buffers.upload('weights', hasOneWeight ? weights.subarray(0, 2) : weights),
        gramian: buffers.upload('Gramian', gramian),
        fixed_0: fixedPage(0, first),
        fixed_1: fixedPage(first, columnCount - first),
        factors: target,
      },
      params: { row_count: rowCount, page_rows: first, alpha0, steps, weight_stride: hasOneWeight ? 0 : 1 },
    };
    const overrides = {
      rank_vectors: rankVectors,
      is_paged: pageRows !== undefined,
      is_diagonal: diagonal !== undefined,
      tolerance,
    };
    const commands = new CommandBatch(gpu, 'test');
    if (shape === 'invocation') {
      alsCgInvocation.encode(commands, {
        ...call,
        overrides: { ...overrides, workgroup_size: 8 },
        workgroups: alsCgInvocationWorkgroups(rowCount, 8),
      });
    } else if (shape === 'subgroup') {
      const lanes = alsCgSubgroupLanes(gpu, rankVectors)!;
      const workgroupSize = 2 * gpu.device.adapterInfo.subgroupMaxSize;
      alsCgSubgroup.encode(commands, {
        ...call,
        overrides: { ...overrides, ...lanes, workgroup_size: workgroupSize },
        workgroups: alsCgSubgroupWorkgroups(rowCount, { ...lanes, workgroupSize }),
      });
    } else {
      alsCgWorkgroup.encode(commands, {
        ...call,
        overrides: { ...overrides, tile_entries: alsCgWorkgroupTile(rankVectors) },
        workgroups: rowCount,
      });
    }
    commands.submit();
    const solved = await readFloats(gpu, { buffer: target, size: 4 * factors.length });
    const result = new Float32Array(rowCount * rank);
    for (let row = 0; row < rowCount; row++) {
      const place = placeOf(row) * stride;
      unpadRows(solved.subarray(place, place + stride), { factors: rank, firstRow: row, target: result });
      expect(solved.subarray(place + rank, place + stride).every((value) => value === 0)).toBe(true);
      expect(solved.subarray(place + stride, place + 2 * stride).every(Number.isNaN)).toBe(true);
    }
    return result;
  }, limits);
}

/**
 * Float32 against double precision: a few hundred roundings of 6e-8 in sums of a few hundred terms, times the
 * condition number of these systems, about 30.
 */
export const tolerance = 1e-4;
