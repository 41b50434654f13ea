import { expect, test } from 'vitest';
import { padRows } from '../../../../src/backends/padded-rows.ts';
import { BufferScope } from '../../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../../src/gpu/command-batch.ts';
import type { GpuLimits } from '../../../../src/gpu/device.ts';
import {
  alsNormalEquations,
  normalEquationsWorkgroups,
  normalEquationsWorkgroupSize,
  systemByteLength,
} from '../../../../src/shaders/solve/als-normal-equations.ts';
import { referenceGramian, rowSystem } from '../../../reference/als.ts';
import { type CgProblem, randomProblem } from '../../../support/shaders/cg-kernels.ts';
import { readFloats } from '../../../support/read-floats.ts';
import { validated } from '../../../support/validated-gpu.ts';

interface Options {
  /** The fixed side in two pages, the first of so many rows. */
  readonly pageRows?: number;
  /** Rows from this one on are further parts. Default: none is. */
  readonly firstParts?: number;
  /** All entries have the weights of the first. */
  readonly hasOneWeight?: boolean;
  readonly limits?: Partial<GpuLimits>;
}

/** `systems` of all rows, which is rubbish at first; a problem with a `diagonal` has that in the Gramian's place. */
function systemsOf(problem: CgProblem, options: Options = {}): Promise<Float32Array> {
  const { equations, factors: rank, unobservedWeight: alpha0, fixed, diagonal } = problem;
  const { rowCount, columnCount, rowOffsets } = equations;
  const { pageRows, firstParts = rowCount, hasOneWeight = false, limits } = options;
  return validated(async (gpu) => {
    const rankVectors = Math.ceil(rank / 4);
    using buffers = new BufferScope(gpu, 'test');
    const rows = new Uint32Array(4 * rowCount);
    const rowFloats = new Float32Array(rows.buffer);
    for (let row = 0; row < rowCount; row++) {
      rows.set([row, rowOffsets[row]!, rowOffsets[row + 1]!], 4 * row);
      rowFloats[4 * row + 3] = equations.regularization[row]!;
    }
    const weights = Float32Array.from(Array.from(equations.a).flatMap((a, entry) => [a, equations.b[entry]!]));
    // The rows of the padding are there, and zero.
    const gramian = new Float32Array((4 * rankVectors) ** 2);
    if (diagonal) gramian.set(diagonal);
    else gramian.set(padRows(Float32Array.from(referenceGramian(fixed, rank)), { factors: rank, rowCount: rank }));
    const first = pageRows ?? columnCount;
    const page = (name: string, firstRow: number, count: number): GPUBuffer =>
      buffers.upload(name, padRows(fixed, { factors: rank, firstRow, rowCount: count }));
    const length = (rowCount * systemByteLength(rankVectors)) / 4;
    const systems = buffers.upload('systems', new Float32Array(length + 4).fill(Number.NaN));
    using commands = new CommandBatch(gpu, 'test');
    alsNormalEquations.encode(commands, {
      buffers: {
        rows: buffers.upload('rows', rows),
        columns: buffers.upload('columns', equations.columns),
        weights: buffers.upload('weights', hasOneWeight ? weights.subarray(0, 2) : weights),
        gramian: buffers.upload('Gramian', gramian),
        fixed_0: page('fixed 0', 0, first),
        fixed_1: page('fixed 1', first, columnCount - first),
        systems,
      },
      params: {
        row_count: rowCount,
        page_rows: first,
        alpha0,
        steps: firstParts,
        weight_stride: hasOneWeight ? 0 : 1,
      },
      overrides: {
        rank_vectors: rankVectors,
        is_paged: pageRows !== undefined,
        is_diagonal: diagonal !== undefined,
        workgroup_size: normalEquationsWorkgroupSize,
      },
      workgroups: normalEquationsWorkgroups(rowCount, rankVectors),
    });
    commands.submit();
    const written = await readFloats(gpu, systems);
    expect(written.subarray(length, length + 4).every(Number.isNaN)).toBe(true);
    return written.subarray(0, length);
  }, limits);
}

/** Compares A on and below the diagonal, and r; `unobservedWeightOf` is the α₀ that each row is to have. */
function expectSystems(
  systems: Float32Array,
  problem: CgProblem,
  unobservedWeightOf: (row: number) => number = () => problem.unobservedWeight,
): void {
  const { equations, factors: rank, fixed, diagonal } = problem;
  const gramian = diagonal
    ? Float64Array.from({ length: rank ** 2 }, (_, cell) =>
        cell % (rank + 1) === 0 ? diagonal[cell / (rank + 1)]! : 0,
      )
    : referenceGramian(fixed, rank);
  const stride = 4 * Math.ceil(rank / 4);
  for (let row = 0; row < equations.rowCount; row++) {
    const unobservedWeight = unobservedWeightOf(row);
    const { left, right } = rowSystem(equations, { row, factors: rank, unobservedWeight, fixed, gramian });
    const system = systems.subarray(row * (stride + 1) * stride, (row + 1) * (stride + 1) * stride);
    const lambda = equations.regularization[row]!;
    for (let i = 0; i < stride; i++) {
      for (let j = 0; j <= i; j++) {
        const isPadding = i >= rank || j >= rank;
        const wanted = isPadding ? (i === j ? lambda : 0) : left[i * rank + j]!;
        expectNumber(system[i * stride + j]!, wanted, `row ${row}, A ${i} ${j}`);
      }
      // Tiles of four above the diagonal are nobody's.
      for (let j = 4 * (Math.floor(i / 4) + 1); j < stride; j++) expect(system[i * stride + j]).toBeNaN();
      expectNumber(system[stride * stride + i]!, i < rank ? right[i]! : 0, `row ${row}, r ${i}`);
    }
  }
}

/** Sums of up to 300 terms below 3 in blocks of 64: their roundings of 6e-8 come to less than a 3e-6th of the sum. */
function expectNumber(actual: number, wanted: number, place: string): void {
  expect(Math.abs(actual - wanted), place).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(wanted)));
}

/** A diagonal of numbers from 10 down in the Gramian's place. */
const withDiagonal = (problem: CgProblem): CgProblem => ({
  ...problem,
  diagonal: Float32Array.from({ length: problem.factors }, (_, i) => 10 - i / problem.factors),
});

const degrees = [0, 1, 2, 63, 64, 65, 128, 257];

test.each([1, 3, 4, 5, 32, 64])('both sides of every row, rank %i', async (rank) => {
  const problem = randomProblem({ degrees, columnCount: 300, rank });
  expectSystems(await systemsOf(problem), problem);
  const diagonal = withDiagonal(problem);
  expectSystems(await systemsOf(diagonal), diagonal);
});

test('further parts leave the unobserved cells out, with either Gramian', async () => {
  const plain = randomProblem({ degrees, columnCount: 40, rank: 6, alpha0: 2 });
  for (const problem of [plain, withDiagonal(plain)]) {
    expectSystems(await systemsOf(problem, { firstParts: 3 }), problem, (row) => (row < 3 ? 2 : 0));
  }
});

test('one pair of weights for all entries', async () => {
  const problem = randomProblem({ degrees: [3, 70], columnCount: 40, rank: 5 });
  const { equations } = problem;
  const shared = { ...equations, a: equations.a.fill(0.75), b: equations.b.fill(1.5) };
  const wanted = await systemsOf({ ...problem, equations: shared });
  expectSystems(wanted, { ...problem, equations: shared });
  expect(await systemsOf({ ...problem, equations: shared }, { hasOneWeight: true })).toEqual(wanted);
});

test('two pages, a grid of several rows and a second run change no bit', async () => {
  const problem = randomProblem({ degrees, columnCount: 50, rank: 33 });
  const whole = await systemsOf(problem);
  expect(await systemsOf(problem)).toEqual(whole);
  expect(await systemsOf(problem, { pageRows: 17 })).toEqual(whole);
  expect(await systemsOf(problem, { limits: { maxComputeWorkgroupsPerDimension: 4 } })).toEqual(whole);
});
