import { describe, expect, test } from 'vitest';
import type { RowEquations } from '../../src/engine/backend.ts';
import { padRows, unpadRows } from '../../src/engine/padded-rows.ts';
import { BufferScope } from '../../src/gpu/buffers.ts';
import { CommandBatch } from '../../src/gpu/command-batch.ts';
import type { GpuLimits } from '../../src/gpu/device.ts';
import { alsCgInvocation, alsCgInvocationWorkgroups } from '../../src/shaders/als-cg-invocation.ts';
import { alsCgSubgroup, alsCgSubgroupLanes, alsCgSubgroupWorkgroups } from '../../src/shaders/als-cg-subgroup.ts';
import { alsCgWorkgroup, alsCgWorkgroupTile } from '../../src/shaders/als-cg-workgroup.ts';
import { referenceGramian, referenceSolve, rowSystem } from '../reference/als.ts';
import { isBrowser } from '../support/gpu.ts';
import { readFloats } from '../support/read-floats.ts';
import { randomNumbers, uniform } from '../support/synthetic.ts';
import { sharedGpu, validated } from '../support/validated-gpu.ts';

const shapes = ['invocation', 'workgroup'] as const;
type Shape = (typeof shapes)[number] | 'subgroup';

interface Problem {
  readonly equations: RowEquations;
  readonly rank: number;
  readonly alpha0: number;
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
function randomProblem(options: {
  degrees: readonly number[];
  columnCount: number;
  rank: number;
  alpha0?: number;
  lambda?: number;
}): Problem {
  const { degrees, columnCount, rank, alpha0 = 0.3, lambda = 0.2 } = options;
  const next = uniform(100 * rank + degrees.length);
  const rowOffsets = Uint32Array.from([0, ...degrees]);
  for (let row = 1; row < rowOffsets.length; row++) rowOffsets[row]! += rowOffsets[row - 1]!;
  const entryCount = rowOffsets.at(-1)!;
  const scale = 1 / Math.sqrt(rank);
  return {
    equations: {
      rowCount: degrees.length,
      columnCount,
      rowOffsets,
      columns: Uint32Array.from({ length: entryCount }, (_, entry) => Math.imul(entry, 7919) % columnCount),
      a: Float32Array.from({ length: entryCount }, () => 2 * next()),
      b: Float32Array.from({ length: entryCount }, () => 3 * next() - 1),
      regularization: Float32Array.from({ length: degrees.length }, () => lambda * (0.5 + next())),
    },
    rank,
    alpha0,
    fixed: randomNumbers(columnCount * rank, { seed: rank, scale }),
    start: randomNumbers(degrees.length * rank, { seed: rank + 1, scale }),
  };
}

interface SolveOnGpu {
  readonly shape: Shape;
  readonly steps: number;
  readonly limits?: Partial<GpuLimits>;
  /** The fixed side in two pages, the first of so many rows. */
  readonly pageRows?: number;
}

/** Solves on the GPU: `rowCount × rank`. Row n is solved at row 2 (rowCount − 1 − n): the rest must stay as it was. */
function solve(problem: Problem, { shape, steps, limits, pageRows }: SolveOnGpu): Promise<Float32Array> {
  return validated(async (gpu) => {
    const { equations, rank, alpha0, fixed, start } = problem;
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
      factors.set(padRows(start, { rank, firstRow: row, rowCount: 1 }), placeOf(row) * stride);
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
    } else gramian.set(padRows(Float32Array.from(referenceGramian(fixed, rank)), { rank, rowCount: rank }));
    const first = pageRows ?? columnCount;
    const target = buffers.upload('factors', factors);
    const call = {
      buffers: {
        rows: buffers.upload('rows', rows),
        columns: buffers.upload('columns', equations.columns),
        weights: buffers.upload('weights', weights),
        gramian: buffers.upload('Gramian', gramian),
        fixed_0: buffers.upload('fixed 0', padRows(fixed, { rank, firstRow: 0, rowCount: first })),
        fixed_1: buffers.upload('fixed 1', padRows(fixed, { rank, firstRow: first, rowCount: columnCount - first })),
        factors: target,
      },
      params: { row_count: rowCount, page_rows: first, alpha0, steps },
    };
    const overrides = {
      rank_vectors: rankVectors,
      is_paged: pageRows === undefined ? 0 : 1,
      is_whitened: diagonal ? 1 : 0,
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
      unpadRows(solved.subarray(place, place + stride), { rank, firstRow: row, target: result });
      expect(solved.subarray(place + rank, place + stride).every((value) => value === 0)).toBe(true);
      expect(solved.subarray(place + stride, place + 2 * stride).every(Number.isNaN)).toBe(true);
    }
    return result;
  }, limits);
}

function expectNear(actual: Float32Array, wanted: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(wanted.length);
  for (let place = 0; place < actual.length; place++) {
    const within = tolerance * (1 + Math.abs(wanted[place]!));
    if (!(Math.abs(actual[place]! - wanted[place]!) <= within)) {
      expect.fail(`place ${place}: got ${actual[place]}, wanted ${wanted[place]} ± ${within}`);
    }
  }
}

/**
 * Float32 against double precision: a few hundred roundings of 6e-8 in sums of a few hundred terms, times the
 * condition number of these systems, about 30.
 */
const tolerance = 1e-4;

/** A diagonal of numbers from 10 down to 0 instead of the Gramian. */
function withDiagonal(problem: Problem): Problem & { readonly diagonal: Float32Array } {
  const { rank } = problem;
  return { ...problem, diagonal: Float32Array.from({ length: rank }, (_, i) => (10 * (rank - 1 - i)) / rank) };
}

/** Conjugate gradient preconditioned by M = α₀ D + λ I, none of whose numbers count below 1e-6 of the largest. */
function referencePreconditioned(problem: Problem & { readonly diagonal: Float32Array }, steps: number): Float64Array {
  const { equations, rank, alpha0, fixed, start, diagonal, tolerance: share = 0 } = problem;
  const solution = new Float64Array(equations.rowCount * rank);
  const gramian = new Float64Array(rank * rank);
  for (const [i, value] of diagonal.entries()) gramian[i * rank + i] = value;
  for (let row = 0; row < equations.rowCount; row++) {
    if (equations.rowOffsets[row] === equations.rowOffsets[row + 1]) continue;
    const { left, right } = rowSystem(equations, { row, rank, alpha0, fixed: Float64Array.from(fixed), gramian });
    const m = Array.from(diagonal, (value) => alpha0 * value + equations.regularization[row]!);
    const inverse = m.map((value) => 1 / Math.max(value, 1e-6 * Math.max(...m)));
    const inner = (one: Float64Array, two: Float64Array): number => one.reduce((sum, v, i) => sum + v * two[i]!, 0);
    const times = (vector: Float64Array) =>
      vector.map((_, i) => inner(left.subarray(i * rank, (i + 1) * rank), vector));
    let x = Float64Array.from(start.subarray(row * rank, (row + 1) * rank));
    const image = times(x);
    let residual = right.map((value, i) => value - image[i]!);
    let direction = residual.map((value, i) => inverse[i]! * value);
    let squared = inner(residual, direction);
    const enough = share * squared;
    for (let step = 0; step < steps && squared > Math.max(enough, 1e-20); step++) {
      const product = times(direction);
      const length = squared / inner(direction, product);
      x = x.map((value, i) => value + length * direction[i]!);
      residual = residual.map((value, i) => value - length * product[i]!);
      const next = residual.reduce((sum, value, i) => sum + inverse[i]! * value * value, 0);
      direction = direction.map((value, i) => inverse[i]! * residual[i]! + (next / squared) * value);
      squared = next;
    }
    solution.set(x, row * rank);
  }
  return solution;
}

/** Lanes of the smallest subgroup of this project's adapter; 0: it has no subgroups. */
const subgroupSize = (await sharedGpu()).subgroupSize;

describe.each([...shapes, ...(subgroupSize > 0 ? (['subgroup'] as const) : [])])(
  'a diagonal Gramian, by %s',
  (shape) => {
    for (const rank of isBrowser ? [8] : [1, 5, 32, 64]) {
      test(`a diagonal in the Gramian's place preconditions, rank ${rank}`, async () => {
        const degrees = [0, 1, 2, rank - 1, rank, rank + 1, 255, 256, 257];
        const problem = withDiagonal(randomProblem({ degrees, columnCount: 300, rank }));
        for (const steps of [1, 2, 3]) {
          expectNear(await solve(problem, { shape, steps }), referencePreconditioned(problem, steps), tolerance);
        }
        // Three steps at most: rows end early, and not all at the same step.
        const early = { ...problem, tolerance: 0.1 };
        const ended = await solve(early, { shape, steps: 3 });
        expectNear(ended, referencePreconditioned(early, 3), tolerance);
        if (rank > 1) expect(ended).not.toEqual(await solve(problem, { shape, steps: 3 }));
      });
    }

    test('numbers of the diagonal below a millionth of the largest count as that', async () => {
      const plain = randomProblem({ degrees: [1, 2, 3], columnCount: 30, rank: 4, lambda: 0, alpha0: 1 });
      const floored = { ...plain, diagonal: Float32Array.of(1, 0.1, 1e-9, 0) };
      expectNear(await solve(floored, { shape, steps: 1 }), referencePreconditioned(floored, 1), tolerance);
    });

    test('a row of 100,000 entries among short ones', async () => {
      const problem = withDiagonal(randomProblem({ degrees: [1, 100_000, 3], columnCount: 1000, rank: 4 }));
      // Sums of 100,000 terms in order: their rounding grows to about 100,000 × 6e-8 / √100,000 of the sum.
      expectNear(await solve(problem, { shape, steps: 1 }), referencePreconditioned(problem, 1), 1e-3);
    });

    test('no step leaves the start, and a row that has converged stays', async () => {
      const problem = withDiagonal(randomProblem({ degrees: [3, 7], columnCount: 30, rank: 8, lambda: 1 }));
      expect(await solve(problem, { shape, steps: 0 })).toEqual(problem.start);
      const exact = Float32Array.from(referencePreconditioned(problem, 30));
      const again = await solve({ ...problem, start: exact }, { shape, steps: 64 });
      expectNear(again, exact, 1e-6 * 10); // a few roundings of numbers near 1
    });

    test('a singular system without any weight on the left keeps its start', async () => {
      const problem = withDiagonal(randomProblem({ degrees: [4, 2], columnCount: 9, rank: 4, alpha0: 0, lambda: 0 }));
      const weightless = { ...problem.equations, a: problem.equations.a.map(() => 0) };
      expect(await solve({ ...problem, equations: weightless }, { shape, steps: 3 })).toEqual(problem.start);
    });

    test('the same bits again, in two pages, and beside other rows', async () => {
      const problem = withDiagonal(randomProblem({ degrees: [0, 3, 70, 9, 1], columnCount: 50, rank: 6 }));
      const whole = await solve(problem, { shape, steps: 3 });
      expect(await solve(problem, { shape, steps: 3 })).toEqual(whole);
      expect(await solve(problem, { shape, steps: 3, pageRows: 17 })).toEqual(whole);
      const { rowOffsets, regularization } = problem.equations;
      const last = {
        ...problem.equations,
        rowCount: 1,
        rowOffsets: rowOffsets.slice(4),
        regularization: regularization.slice(4),
      };
      const alone = await solve(
        { ...problem, equations: last, start: problem.start.slice(4 * 6) },
        { shape, steps: 3 },
      );
      expect(alone).toEqual(whole.slice(4 * 6));
    });

    test('more workgroups than one dimension allows', async () => {
      const degrees = Array.from({ length: 43 }, (_, row) => row % 5);
      const problem = withDiagonal(randomProblem({ degrees, columnCount: 20, rank: 4 }));
      const limits = { maxComputeWorkgroupsPerDimension: shape === 'workgroup' ? 8 : 3 };
      expect(await solve(problem, { shape, steps: 2, limits })).toEqual(await solve(problem, { shape, steps: 2 }));
    });
  },
);

test('lanes of a row: as many as it has vectors and a subgroup has lanes, with four vectors each at most', () => {
  expect(alsCgSubgroupLanes({ subgroupSize: 0 }, 1)).toBeNull();
  expect(alsCgSubgroupLanes({ subgroupSize: 4 }, 1)).toEqual({ lanes: 1, lane_vectors: 1 });
  expect(alsCgSubgroupLanes({ subgroupSize: 4 }, 16)).toEqual({ lanes: 4, lane_vectors: 4 });
  expect(alsCgSubgroupLanes({ subgroupSize: 4 }, 17)).toBeNull();
  expect(alsCgSubgroupLanes({ subgroupSize: 32 }, 5)).toEqual({ lanes: 8, lane_vectors: 1 });
  expect(alsCgSubgroupLanes({ subgroupSize: 64 }, 64)).toEqual({ lanes: 32, lane_vectors: 2 });
});

describe.each(shapes)('conjugate gradient, one %s a row', (shape) => {
  for (const rank of isBrowser ? [3, 32] : [1, 3, 4, 32, 33, 64, 128]) {
    test(`three steps as in double precision, rank ${rank}`, async () => {
      const degrees = [0, 1, 2, rank - 1, rank, rank + 1, 0, 255, 256, 257];
      const problem = randomProblem({ degrees, columnCount: 300, rank });
      const wanted = referenceSolve(problem.equations, { ...problem, cgSteps: 3 });
      expectNear(await solve(problem, { shape, steps: 3 }), wanted, tolerance);
    });
  }

  // Dawn shows it; a browser would take seconds more to compile it.
  if (!isBrowser) {
    test('rank 256, the largest', async () => {
      const problem = randomProblem({ degrees: [3, 17], columnCount: 20, rank: 256 });
      const wanted = referenceSolve(problem.equations, { ...problem, cgSteps: 2 });
      expectNear(await solve(problem, { shape, steps: 2 }), wanted, tolerance);
    });
  }

  test('a row of 100,000 entries', async () => {
    const problem = randomProblem({ degrees: [1, 100_000], columnCount: 1000, rank: 4 });
    const wanted = referenceSolve(problem.equations, { ...problem, cgSteps: 1 });
    // Sums of 100,000 terms in order: their rounding grows to about 100,000 × 6e-8 / √100,000 of the sum.
    expectNear(await solve(problem, { shape, steps: 1 }), wanted, 1e-3);
  });

  test('as many steps as the rank equal the exact solution', async () => {
    const problem = randomProblem({ degrees: [1, 5, 9, 40], columnCount: 60, rank: 8, lambda: 1 });
    // The recurrence loses a digit on the way: ten times the tolerance of three steps.
    expectNear(await solve(problem, { shape, steps: 8 }), referenceSolve(problem.equations, problem), 10 * tolerance);
  });

  test('no step leaves the start, and each step changes the result', async () => {
    const problem = randomProblem({ degrees: [3, 7], columnCount: 30, rank: 8 });
    const none = await solve(problem, { shape, steps: 0 });
    expect(none).toEqual(problem.start);
    const one = await solve(problem, { shape, steps: 1 });
    const two = await solve(problem, { shape, steps: 2 });
    expect(one).not.toEqual(none);
    expect(two).not.toEqual(one);
  });

  test('a row that has converged stays, whatever the steps', async () => {
    const problem = randomProblem({ degrees: [2, 9], columnCount: 30, rank: 4, lambda: 1 });
    const exact = Float32Array.from(referenceSolve(problem.equations, problem));
    const again = await solve({ ...problem, start: exact }, { shape, steps: 64 });
    expectNear(again, exact, 1e-6 * 10); // a few roundings of numbers near 1
  });

  test('a zero residual divides nothing by itself', async () => {
    const problem = randomProblem({ degrees: [4], columnCount: 9, rank: 4 });
    const silent = { ...problem.equations, b: problem.equations.b.map(() => 0) };
    const solved = await solve(
      { ...problem, equations: silent, start: problem.start.map(() => 0) },
      { shape, steps: 3 },
    );
    expect([...solved]).toEqual([0, 0, 0, 0]);
  });

  test('a singular system without any weight on the left keeps its start', async () => {
    const problem = randomProblem({ degrees: [4], columnCount: 9, rank: 4, alpha0: 0, lambda: 0 });
    const weightless = { ...problem.equations, a: problem.equations.a.map(() => 0) };
    expect(await solve({ ...problem, equations: weightless }, { shape, steps: 3 })).toEqual(problem.start);
  });

  test('α₀ = 0 leaves the Gramian out', async () => {
    const problem = randomProblem({ degrees: [1, 6, 30], columnCount: 40, rank: 5, alpha0: 0 });
    const wanted = referenceSolve(problem.equations, { ...problem, cgSteps: 3 });
    expectNear(await solve(problem, { shape, steps: 3 }), wanted, tolerance);
    const withGramian = await solve({ ...problem, alpha0: 1 }, { shape, steps: 3 });
    expect(Math.abs(withGramian[0]! - wanted[0]!)).toBeGreaterThan(0.01);
  });

  test('two pages of the fixed side are the same as one, to the bit', async () => {
    const problem = randomProblem({ degrees: [0, 3, 70], columnCount: 50, rank: 6 });
    const whole = await solve(problem, { shape, steps: 3 });
    expect(await solve(problem, { shape, steps: 3, pageRows: 17 })).toEqual(whole);
  });

  test('more workgroups than one dimension allows', async () => {
    const degrees = Array.from({ length: 43 }, (_, row) => row % 5);
    const problem = randomProblem({ degrees, columnCount: 20, rank: 4 });
    const limits = { maxComputeWorkgroupsPerDimension: shape === 'invocation' ? 3 : 8 };
    expect(await solve(problem, { shape, steps: 2, limits })).toEqual(await solve(problem, { shape, steps: 2 }));
  });

  test('the same input gives the same bits', async () => {
    const problem = randomProblem({ degrees: [2, 77], columnCount: 90, rank: 8 });
    expect(await solve(problem, { shape, steps: 3 })).toEqual(await solve(problem, { shape, steps: 3 }));
  });

  test('closed forms by hand', async () => {
    const fixed = Float32Array.of(1, 0, 0, 1, 1, 1);
    const equations = {
      rowCount: 1,
      columnCount: 3,
      rowOffsets: Uint32Array.of(0, 2),
      columns: Uint32Array.of(0, 2),
      regularization: Float32Array.of(1),
    };
    const of = (a: number, b: number, alpha0: number): Problem => ({
      equations: { ...equations, a: Float32Array.of(a, a), b: Float32Array.of(b, b) },
      rank: 2,
      alpha0,
      fixed,
      start: Float32Array.of(0, 0),
    });
    // ½ G + Σ y yᵀ + I = (4, 1.5; 1.5, 3), Σ y = (2, 1)
    expectNear(await solve(of(1, 1, 0.5), { shape, steps: 2 }), [6 / 13, 4 / 39], 1e-6);
    // Hu, Koren, Volinsky 2008 with c = 3: G + 2 Σ y yᵀ + I = (7, 3; 3, 5), 3 Σ y = (6, 3)
    expectNear(await solve(of(2, 3, 1), { shape, steps: 2 }), [21 / 26, 3 / 26], 1e-6);
  });
});
