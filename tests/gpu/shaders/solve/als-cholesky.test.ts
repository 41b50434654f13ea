import { expect, test } from 'vitest';
import { GpuLimitError } from '../../../../src/errors.ts';
import type { RowEquations } from '../../../../src/backends/backend.ts';
import { BufferScope } from '../../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../../src/gpu/command-batch.ts';
import type { GpuLimits } from '../../../../src/gpu/device.ts';
import { choleskyScratchByteLength, encodeAlsCholesky } from '../../../../src/shaders/solve/als-cholesky.ts';
import { referenceGramian, referenceSolve, rowSystem } from '../../../reference/als.ts';
import { readFloats } from '../../../support/read-floats.ts';
import { randomEquations, randomNumbers, uniform } from '../../../support/synthetic.ts';
import { validated } from '../../../support/validated-gpu.ts';

interface Problem {
  readonly equations: RowEquations;
  readonly factors: number;
  readonly unobservedWeight: number;
  /** `columnCount × rank`. */
  readonly fixed: Float32Array;
}

/** Rows of the given degrees over `columnCount` columns, weights a in [0, 2), b in [−1, 2). */
function randomProblem(options: {
  degrees: readonly number[];
  columnCount: number;
  rank: number;
  alpha0?: number;
  lambda?: number;
}): Problem {
  const { degrees, columnCount, rank, alpha0 = 0.3, lambda = 0.1 } = options;
  const next = uniform(rank + 1000 * degrees.length + 1);
  return {
    equations: randomEquations(next, { degrees, columnCount, lambda }),
    factors: rank,
    unobservedWeight: alpha0,
    fixed: randomNumbers(columnCount * rank, { seed: rank }),
  };
}

function padded(rows: ArrayLike<number>, { rank, lines }: { rank: number; lines: number }): Float32Array {
  const stride = 4 * Math.ceil(rank / 4);
  const result = new Float32Array(lines * stride);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < rank; i++) result[line * stride + i] = rows[line * rank + i]!;
  }
  return result;
}

/** Solves on the GPU: `rowCount × rank`. `pageRows`: the fixed side in two pages. */
function solve(
  problem: Problem,
  options: { limits?: Partial<GpuLimits>; pageRows?: number; workgroupSize?: number } = {},
): Promise<Float32Array> {
  return validated(async (gpu) => {
    const { equations, factors: rank, unobservedWeight: alpha0, fixed } = problem;
    const { rowCount, columnCount, rowOffsets, regularization } = equations;
    const rankVectors = Math.ceil(rank / 4);
    const stride = 4 * rankVectors;
    using buffers = new BufferScope(gpu, 'test');
    const rows = new DataView(new ArrayBuffer(16 * Math.max(1, rowCount)));
    const weights = new Float32Array(2 * equations.columns.length);
    for (let row = 0; row < rowCount; row++) {
      // Solved rows land in reverse, so that a kernel that ignores `row` fails.
      rows.setUint32(16 * row, rowCount - 1 - row, true);
      rows.setUint32(16 * row + 4, rowOffsets[row]!, true);
      rows.setUint32(16 * row + 8, rowOffsets[row + 1]!, true);
      rows.setFloat32(16 * row + 12, regularization[row]!, true);
    }
    for (let entry = 0; entry < equations.columns.length; entry++) {
      weights[2 * entry] = equations.a[entry]!;
      weights[2 * entry + 1] = equations.b[entry]!;
    }
    const fixedRows = padded(fixed, { rank, lines: columnCount });
    const pageRows = options.pageRows ?? columnCount;
    const gramian = padded(padded(referenceGramian(fixed, rank), { rank, lines: rank }), {
      rank: stride,
      lines: stride,
    });
    gramian.fill(0, stride * rank);
    const factors = buffers.upload('factors', new Float32Array(rowCount * stride).fill(Number.NaN));
    const scratchByteLength = choleskyScratchByteLength(gpu, { rowCount, rankVectors });
    using commands = new CommandBatch(gpu, 'test');
    encodeAlsCholesky(commands, {
      buffers: {
        rows: buffers.upload('rows', new Uint32Array(rows.buffer)),
        columns: buffers.upload('columns', equations.columns),
        weights: buffers.upload('weights', weights),
        gramian: buffers.upload('gramian', gramian),
        fixed_0: buffers.upload('fixed 0', fixedRows.subarray(0, pageRows * stride)),
        fixed_1: buffers.upload('fixed 1', fixedRows.subarray(pageRows * stride)),
        factors,
        scratch: buffers.upload('scratch', new Float32Array(scratchByteLength / 4).fill(Number.NaN)),
      },
      rowCount,
      rankVectors,
      alpha0,
      pageRows: options.pageRows,
      workgroupSize: options.workgroupSize,
    });
    commands.submit();
    const solved = await readFloats(gpu, { buffer: factors, size: 4 * rowCount * stride });
    const result = new Float32Array(rowCount * rank);
    for (let row = 0; row < rowCount; row++) {
      const from = (rowCount - 1 - row) * stride;
      result.set(solved.subarray(from, from + rank), row * rank);
      expect(solved.subarray(from + rank, from + stride).every((value) => value === 0)).toBe(true);
    }
    return result;
  }, options.limits);
}

/** The largest |A x − r| of any row, as a share of |A|∞ |x|∞ + |r|∞: what rounding of A, r and x alone can cause. */
function largestResidual({ equations, ...solveOptions }: Problem, x: Float32Array): number {
  const { factors: rank } = solveOptions;
  const gramian = referenceGramian(solveOptions.fixed, rank);
  let largest = 0;
  for (let row = 0; row < equations.rowCount; row++) {
    const { left, right } = rowSystem(equations, { ...solveOptions, row, gramian });
    const solution = x.subarray(row * rank, (row + 1) * rank);
    let norm = 0;
    let residual = 0;
    for (let i = 0; i < rank; i++) {
      let product = 0;
      let sum = 0;
      for (let j = 0; j < rank; j++) {
        product += left[i * rank + j]! * solution[j]!;
        sum += Math.abs(left[i * rank + j]!);
      }
      norm = Math.max(norm, sum);
      residual = Math.max(residual, Math.abs(product - right[i]!));
    }
    const scale = norm * Math.max(...solution.map(Math.abs)) + Math.max(...right.map(Math.abs));
    expect(Number.isFinite(residual)).toBe(true);
    largest = Math.max(largest, scale === 0 ? residual : residual / scale);
  }
  return largest;
}

/**
 * Cholesky is backward stable: the residual stays within a small multiple of rank × 2⁻²⁴ of the scale above, and the
 * sums over entries add the square root of their blocks. 16 × 2⁻²³ covers all shapes here with a factor of about 4.
 */
const residualTolerance = 16 * 2 ** -23;

const ranks = [1, 3, 4, 5, 32, 64, 88, 128, 256];

/** What a GPU and what a software adapter uses. */
const workgroupSizes = [64, 4];

test.each(ranks)('A x = r at rank %i, degrees around the rank and around a block', async (rank) => {
  const degrees = rank > 128 ? [0, 1, rank] : [0, 1, rank - 1, rank, rank + 1, 63, 64, 65, 257, 0, 2];
  const problem = randomProblem({ degrees, columnCount: 300, rank });
  for (const workgroupSize of workgroupSizes) {
    const x = await solve(problem, { workgroupSize });
    expect(largestResidual(problem, x)).toBeLessThan(residualTolerance);
    for (const [row, degree] of degrees.entries()) {
      const isZero = x.subarray(row * rank, (row + 1) * rank).every((value) => value === 0);
      expect(isZero, `row ${row} of degree ${degree}`).toBe(degree === 0);
    }
  }
});

test('no rows: nothing is dispatched', async () => {
  expect(await solve(randomProblem({ degrees: [], columnCount: 3, rank: 4 }))).toHaveLength(0);
});

test('well conditioned: equals the double-precision solution', async () => {
  const problem = randomProblem({ degrees: [5, 40, 17], columnCount: 200, rank: 20, lambda: 20 });
  const x = await solve(problem);
  const expected = referenceSolve(problem.equations, problem);
  // The condition number here is below 10, so errors of x are a few units of 2⁻²³ of its largest number (below 1).
  for (const [place, value] of x.entries()) expect(Math.abs(value - expected[place]!)).toBeLessThan(1e-5);
});

test('a row of 100,000 entries', async () => {
  const problem = randomProblem({ degrees: [100_000, 3], columnCount: 1000, rank: 8 });
  const x = await solve(problem);
  expect(largestResidual(problem, x)).toBeLessThan(residualTolerance);
});

const handMade = {
  rank: 2,
  fixed: new Float32Array([1, 0, 0, 1, 1, 1]),
  row: { rowCount: 1, columnCount: 3, rowOffsets: new Uint32Array([0, 2]), columns: new Uint32Array([0, 2]) },
};

test('closed forms', async () => {
  const { rank, fixed, row } = handMade;
  const one = new Float32Array([1]);
  // G = [[2,1],[1,2]]. α₀ = ½: A = ½ G + [[2,1],[1,1]] + I = [[4, 3/2], [3/2, 3]], r = (2, 1): x = (6/13, 4/39).
  const rendle = { ...row, a: new Float32Array([1, 1]), b: new Float32Array([1, 1]), regularization: one };
  const first = await solve({ equations: rendle, factors: rank, fixed, unobservedWeight: 0.5 });
  expect(first[0]).toBeCloseTo(6 / 13, 6);
  expect(first[1]).toBeCloseTo(4 / 39, 6);
  // Hu, Koren, Volinsky with c = 3: A = G + 2 [[2,1],[1,1]] + I = [[7, 3], [3, 5]], r = (6, 3): x = (21/26, 3/26).
  const hu = { ...row, a: new Float32Array([2, 2]), b: new Float32Array([3, 3]), regularization: one };
  const second = await solve({ equations: hu, factors: rank, fixed, unobservedWeight: 1 });
  expect(second[0]).toBeCloseTo(21 / 26, 6);
  expect(second[1]).toBeCloseTo(3 / 26, 6);
});

test('every parameter changes the result', async () => {
  const problem = randomProblem({ degrees: [6], columnCount: 20, rank: 4 });
  const { equations } = problem;
  const base = await solve(problem);
  const others = [
    { ...problem, unobservedWeight: 2 },
    { ...problem, equations: { ...equations, regularization: new Float32Array([9]) } },
    { ...problem, equations: { ...equations, a: equations.a.map((a) => 2 * a) } },
    { ...problem, equations: { ...equations, b: equations.b.map((b) => 2 * b) } },
    { ...problem, equations: { ...equations, columns: equations.columns.map((column) => (column + 1) % 20) } },
  ];
  for (const other of others) expect([...(await solve(other))]).not.toEqual([...base]);
});

test('a singular equation gives a solution where there is one, zero where nothing is said, never NaN', async () => {
  // λ = 0, α₀ = 0, one entry: A = 2 y yᵀ has rank 1, and any x with y·x = 3/2 solves it.
  const { rank, fixed, row } = handMade;
  const nothing = new Float32Array([0, 0]);
  const single = { ...row, rowOffsets: new Uint32Array([0, 1]), columns: new Uint32Array([2]) };
  const weights = { a: new Float32Array([2]), b: new Float32Array([3]), regularization: new Float32Array([0]) };
  const x = await solve({ equations: { ...single, ...weights }, factors: rank, fixed, unobservedWeight: 0 });
  expect(x[0]).toBeCloseTo(1.5, 6);
  expect(x[1]).toBe(0);
  // All weights zero: A = 0.
  const zero = { ...row, a: nothing, b: nothing, regularization: new Float32Array([0]) };
  expect([...(await solve({ equations: zero, factors: rank, fixed, unobservedWeight: 0 }))]).toEqual([0, 0]);
  // Fewer entries than the rank, in general position.
  const problem = randomProblem({ degrees: [3, 7, 0, 20], columnCount: 50, rank: 12, alpha0: 0, lambda: 0 });
  const solved = await solve(problem);
  expect(solved.every(Number.isFinite)).toBe(true);
  // Pivots down to rank × 2⁻²³ of the diagonal are kept, so a residual may be that much larger than of a regular one.
  expect(largestResidual(problem, solved)).toBeLessThan(1e-3);
});

test('two pages, and batches of a small scratch, change no bit', async () => {
  const problem = randomProblem({
    degrees: Array.from({ length: 50 }, (_, row) => row % 9),
    columnCount: 64,
    rank: 16,
  });
  const whole = await solve(problem);
  expect(await solve(problem, { pageRows: 40 })).toEqual(whole);
  // 17 × 4 × 16 bytes per system: 16 rows per batch.
  const limits = { maxStorageBufferBindingSize: 20_000, maxComputeWorkgroupsPerDimension: 5 };
  expect(await solve(problem, { limits })).toEqual(whole);
  expect(await solve(problem)).toEqual(whole);
});

test('a scratch that does not fit is refused with the numbers', async () => {
  const problem = randomProblem({ degrees: [1], columnCount: 4, rank: 16 });
  await expect(solve(problem, { limits: { maxStorageBufferBindingSize: 4096 } })).rejects.toThrow(
    /rank 16 need 17408 bytes of scratch, this GPU binds 4096/,
  );
  await expect(solve(problem, { limits: { maxStorageBufferBindingSize: 4096 } })).rejects.toBeInstanceOf(GpuLimitError);
});
