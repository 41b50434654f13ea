import { describe, expect, test } from 'vitest';
import { rowSystem } from '../../reference/als.ts';
import { type CgProblem, type CgShape, randomProblem, solveByCg, tolerance } from './cg-kernels.ts';
import { expectNear } from '../expect-near.ts';

/** A diagonal of numbers from 10 down to 0 instead of the Gramian. */
function withDiagonal(problem: CgProblem): CgProblem & { readonly diagonal: Float32Array } {
  const { factors: rank } = problem;
  return { ...problem, diagonal: Float32Array.from({ length: rank }, (_, i) => (10 * (rank - 1 - i)) / rank) };
}

/** Conjugate gradient preconditioned by M = α₀ D + λ I, none of whose numbers count below 1e-6 of the largest. */
function referencePreconditioned(
  problem: CgProblem & { readonly diagonal: Float32Array },
  steps: number,
): Float64Array {
  const { equations, factors: rank, unobservedWeight: alpha0, fixed, start, diagonal, tolerance: share = 0 } = problem;
  const solution = new Float64Array(equations.rowCount * rank);
  const gramian = new Float64Array(rank * rank);
  for (const [i, value] of diagonal.entries()) gramian[i * rank + i] = value;
  for (let row = 0; row < equations.rowCount; row++) {
    if (equations.rowOffsets[row] === equations.rowOffsets[row + 1]) continue;
    const { left, right } = rowSystem(equations, {
      row,
      factors: rank,
      unobservedWeight: alpha0,
      fixed: Float64Array.from(fixed),
      gramian,
    });
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

/** What conjugate gradient with a diagonal in the Gramian's place must do, whichever kernel solves the rows. */
export function preconditionedCgSuite(shape: CgShape): void {
  describe('a diagonal Gramian', () => {
    for (const rank of [1, 5, 32, 64]) {
      test(`a diagonal in the Gramian's place preconditions, rank ${rank}`, async () => {
        const degrees = [0, 1, 2, rank - 1, rank, rank + 1, 255, 256, 257];
        const problem = withDiagonal(randomProblem({ degrees, columnCount: 300, rank }));
        for (const steps of [1, 2, 3]) {
          expectNear(await solveByCg(problem, { shape, steps }), referencePreconditioned(problem, steps), tolerance);
        }
        // Three steps at most: rows end early, and not all at the same step.
        const early = { ...problem, tolerance: 0.1 };
        const ended = await solveByCg(early, { shape, steps: 3 });
        expectNear(ended, referencePreconditioned(early, 3), tolerance);
        if (rank > 1) expect(ended).not.toEqual(await solveByCg(problem, { shape, steps: 3 }));
      });
    }

    test('numbers of the diagonal below a millionth of the largest count as that', async () => {
      const plain = randomProblem({ degrees: [1, 2, 3], columnCount: 30, rank: 4, lambda: 0, alpha0: 1 });
      const floored = { ...plain, diagonal: Float32Array.of(1, 0.1, 1e-9, 0) };
      expectNear(await solveByCg(floored, { shape, steps: 1 }), referencePreconditioned(floored, 1), tolerance);
    });

    test('a row of 100,000 entries among short ones', async () => {
      const problem = withDiagonal(randomProblem({ degrees: [1, 100_000, 3], columnCount: 1000, rank: 4 }));
      // Sums of 100,000 terms in order: their rounding grows to about 100,000 × 6e-8 / √100,000 of the sum.
      expectNear(await solveByCg(problem, { shape, steps: 1 }), referencePreconditioned(problem, 1), 1e-3);
    });

    test('no step leaves the start, and a row that has converged stays', async () => {
      const problem = withDiagonal(randomProblem({ degrees: [3, 7], columnCount: 30, rank: 8, lambda: 1 }));
      expect(await solveByCg(problem, { shape, steps: 0 })).toEqual(problem.start);
      const exact = Float32Array.from(referencePreconditioned(problem, 30));
      const again = await solveByCg({ ...problem, start: exact }, { shape, steps: 64 });
      expectNear(again, exact, 1e-6 * 10); // a few roundings of numbers near 1
    });

    test('a singular system without any weight on the left keeps its start', async () => {
      const problem = withDiagonal(randomProblem({ degrees: [4, 2], columnCount: 9, rank: 4, alpha0: 0, lambda: 0 }));
      const weightless = { ...problem.equations, a: problem.equations.a.map(() => 0) };
      expect(await solveByCg({ ...problem, equations: weightless }, { shape, steps: 3 })).toEqual(problem.start);
    });

    test('the same bits again, in two pages, and beside other rows', async () => {
      const problem = withDiagonal(randomProblem({ degrees: [0, 3, 70, 9, 1], columnCount: 50, rank: 6 }));
      const whole = await solveByCg(problem, { shape, steps: 3 });
      expect(await solveByCg(problem, { shape, steps: 3 })).toEqual(whole);
      expect(await solveByCg(problem, { shape, steps: 3, pageRows: 17 })).toEqual(whole);
      const { rowOffsets, regularization } = problem.equations;
      const last = {
        ...problem.equations,
        rowCount: 1,
        rowOffsets: rowOffsets.slice(4),
        regularization: regularization.slice(4),
      };
      const alone = await solveByCg(
        { ...problem, equations: last, start: problem.start.slice(4 * 6) },
        { shape, steps: 3 },
      );
      expect(alone).toEqual(whole.slice(4 * 6));
    });

    test('one pair of weights for all entries: the same bits', async () => {
      const random = withDiagonal(randomProblem({ degrees: [0, 3, 70, 9, 1], columnCount: 50, rank: 6 }));
      const { equations } = random;
      const problem = {
        ...random,
        equations: { ...equations, a: equations.a.fill(0.75), b: equations.b.fill(1.5) },
      };
      const wanted = await solveByCg(problem, { shape, steps: 3 });
      expect(await solveByCg(problem, { shape, steps: 3, hasOneWeight: true })).toEqual(wanted);
    });

    test('more workgroups than one dimension allows', async () => {
      const degrees = Array.from({ length: 43 }, (_, row) => row % 5);
      const problem = withDiagonal(randomProblem({ degrees, columnCount: 20, rank: 4 }));
      const limits = { maxComputeWorkgroupsPerDimension: shape === 'workgroup' ? 8 : 3 };
      expect(await solveByCg(problem, { shape, steps: 2, limits })).toEqual(
        await solveByCg(problem, { shape, steps: 2 }),
      );
    });
  });
}
