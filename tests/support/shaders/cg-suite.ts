import { describe, expect, test } from 'vitest';
import { referenceSolve } from '../../reference/als.ts';
import { type CgProblem, type CgShape, randomProblem, solveByCg, tolerance } from './cg-kernels.ts';
import { expectNear } from '../expect-near.ts';

/** What conjugate gradient with a whole Gramian must do, whichever kernel solves the rows. */
export function cgSuite(shape: Exclude<CgShape, 'subgroup'>): void {
  describe('a whole Gramian', () => {
    for (const rank of [1, 3, 4, 32, 33, 64, 128]) {
      test(`three steps as in double precision, rank ${rank}`, async () => {
        const degrees = [0, 1, 2, rank - 1, rank, rank + 1, 0, 255, 256, 257];
        const problem = randomProblem({ degrees, columnCount: 300, rank });
        const wanted = referenceSolve(problem.equations, { ...problem, cgSteps: 3 });
        expectNear(await solveByCg(problem, { shape, steps: 3 }), wanted, tolerance);
      });
    }

    test('rank 256, the largest', async () => {
      const problem = randomProblem({ degrees: [3, 17], columnCount: 20, rank: 256 });
      const wanted = referenceSolve(problem.equations, { ...problem, cgSteps: 2 });
      expectNear(await solveByCg(problem, { shape, steps: 2 }), wanted, tolerance);
    });

    test('a row of 100,000 entries', async () => {
      const problem = randomProblem({ degrees: [1, 100_000], columnCount: 1000, rank: 4 });
      const wanted = referenceSolve(problem.equations, { ...problem, cgSteps: 1 });
      // Sums of 100,000 terms in order: their rounding grows to about 100,000 × 6e-8 / √100,000 of the sum.
      expectNear(await solveByCg(problem, { shape, steps: 1 }), wanted, 1e-3);
    });

    test('as many steps as the rank equal the exact solution', async () => {
      const problem = randomProblem({ degrees: [1, 5, 9, 40], columnCount: 60, rank: 8, lambda: 1 });
      // The recurrence loses a digit on the way: ten times the tolerance of three steps.
      expectNear(
        await solveByCg(problem, { shape, steps: 8 }),
        referenceSolve(problem.equations, problem),
        10 * tolerance,
      );
    });

    test('no step leaves the start, and each step changes the result', async () => {
      const problem = randomProblem({ degrees: [3, 7], columnCount: 30, rank: 8 });
      const none = await solveByCg(problem, { shape, steps: 0 });
      expect(none).toEqual(problem.start);
      const one = await solveByCg(problem, { shape, steps: 1 });
      const two = await solveByCg(problem, { shape, steps: 2 });
      expect(one).not.toEqual(none);
      expect(two).not.toEqual(one);
    });

    test('a row that has converged stays, whatever the steps', async () => {
      const problem = randomProblem({ degrees: [2, 9], columnCount: 30, rank: 4, lambda: 1 });
      const exact = Float32Array.from(referenceSolve(problem.equations, problem));
      const again = await solveByCg({ ...problem, start: exact }, { shape, steps: 64 });
      expectNear(again, exact, 1e-6 * 10); // a few roundings of numbers near 1
    });

    test('a zero residual divides nothing by itself', async () => {
      const problem = randomProblem({ degrees: [4], columnCount: 9, rank: 4 });
      const silent = { ...problem.equations, b: problem.equations.b.map(() => 0) };
      const solved = await solveByCg(
        { ...problem, equations: silent, start: problem.start.map(() => 0) },
        { shape, steps: 3 },
      );
      expect([...solved]).toEqual([0, 0, 0, 0]);
    });

    test('a singular system without any weight on the left keeps its start', async () => {
      const problem = randomProblem({ degrees: [4], columnCount: 9, rank: 4, alpha0: 0, lambda: 0 });
      const weightless = { ...problem.equations, a: problem.equations.a.map(() => 0) };
      expect(await solveByCg({ ...problem, equations: weightless }, { shape, steps: 3 })).toEqual(problem.start);
    });

    test('α₀ = 0 leaves the Gramian out', async () => {
      const problem = randomProblem({ degrees: [1, 6, 30], columnCount: 40, rank: 5, alpha0: 0 });
      const wanted = referenceSolve(problem.equations, { ...problem, cgSteps: 3 });
      expectNear(await solveByCg(problem, { shape, steps: 3 }), wanted, tolerance);
      const withGramian = await solveByCg({ ...problem, unobservedWeight: 1 }, { shape, steps: 3 });
      expect(Math.abs(withGramian[0]! - wanted[0]!)).toBeGreaterThan(0.01);
    });

    test('two pages of the fixed side are the same as one, to the bit', async () => {
      const problem = randomProblem({ degrees: [0, 3, 70], columnCount: 50, rank: 6 });
      const whole = await solveByCg(problem, { shape, steps: 3 });
      expect(await solveByCg(problem, { shape, steps: 3, pageRows: 17 })).toEqual(whole);
    });

    test('more workgroups than one dimension allows', async () => {
      const degrees = Array.from({ length: 43 }, (_, row) => row % 5);
      const problem = randomProblem({ degrees, columnCount: 20, rank: 4 });
      const limits = { maxComputeWorkgroupsPerDimension: shape === 'invocation' ? 3 : 8 };
      expect(await solveByCg(problem, { shape, steps: 2, limits })).toEqual(
        await solveByCg(problem, { shape, steps: 2 }),
      );
    });

    test('the same input gives the same bits', async () => {
      const problem = randomProblem({ degrees: [2, 77], columnCount: 90, rank: 8 });
      expect(await solveByCg(problem, { shape, steps: 3 })).toEqual(await solveByCg(problem, { shape, steps: 3 }));
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
      const of = (a: number, b: number, alpha0: number): CgProblem => ({
        equations: { ...equations, a: Float32Array.of(a, a), b: Float32Array.of(b, b) },
        factors: 2,
        unobservedWeight: alpha0,
        fixed,
        start: Float32Array.of(0, 0),
      });
      // ½ G + Σ y yᵀ + I = (4, 1.5; 1.5, 3), Σ y = (2, 1)
      expectNear(await solveByCg(of(1, 1, 0.5), { shape, steps: 2 }), [6 / 13, 4 / 39], 1e-6);
      // Hu, Koren, Volinsky 2008 with c = 3: G + 2 Σ y yᵀ + I = (7, 3; 3, 5), 3 Σ y = (6, 3)
      expectNear(await solveByCg(of(2, 3, 1), { shape, steps: 2 }), [21 / 26, 3 / 26], 1e-6);
    });
  });
}
