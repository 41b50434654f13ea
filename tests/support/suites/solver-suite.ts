import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlsProblem, Backend, RowEquations, Side, SolverName } from '../../../src/backends/backend.ts';
import { referenceLoss, referenceSolve, rowSystem, times } from '../../reference/als.ts';
import { scoresOfAll } from '../../reference/ranking.ts';
import { expectNear } from '../expect-near.ts';
import { matrixOf, problemOf, randomMatrix, randomNumbers, settingsOf, uniform } from '../synthetic.ts';

export interface SolverSuiteOptions {
  readonly solvers: readonly SolverName[];
  /** Allowed difference of scores, relative to 1 + their size, where systems have a condition of some hundreds. */
  readonly tolerance: number;
  /** Allowed relative rise of the objective in a half-epoch: the rounding of the objective itself. */
  readonly lossTolerance: number;
  readonly ranks: readonly number[];
}

/**
 * What every solver of every back end must do. Solvers may turn the factors of both sides together, so what is compared
 * is scores x·y, which that does not change.
 */
export function solverSuite(name: string, open: () => Promise<Backend>, options: SolverSuiteOptions): void {
  const { solvers, tolerance, lossTolerance, ranks } = options;
  const matrix = randomMatrix({ rowCount: 23, columnCount: 31, seed: 21 });

  const near = (actual: ArrayLike<number>, wanted: ArrayLike<number>, within = tolerance): void =>
    expectNear(actual, wanted, within);

  describe.each(solvers)(`${name}, solver %s`, (solver) => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend.dispose());

    /** Factors after solving the given sides, one after another. */
    const solve = async (problem: AlsProblem, order: readonly Side[], cgSteps = 2) => {
      const run = await backend.openTraining(problem, { solver, cgSteps });
      for (const side of order) await run.solve(side);
      const factors = await run.factors();
      run.dispose();
      return factors;
    };

    for (const rank of ranks) {
      for (const side of ['users', 'items'] as const) {
        test(`two steps on the ${side} are the reference's, rank ${rank}`, async () => {
          const problem = problemOf(matrix, {
            factors: rank,
            settings: settingsOf({ unobservedWeight: 0.5, regularization: 0.02 }),
          });
          const start = side === 'users' ? problem.userFactors : problem.itemFactors;
          const fixed = side === 'users' ? problem.itemFactors : problem.userFactors;
          const solved = referenceSolve(problem[side], {
            ...problem,
            fixed,
            ...{
              auto: { start, cgSteps: 2, isPreconditioned: true, tolerance: 0.1 },
              'ew-pcg': { start, cgSteps: 2, isPreconditioned: true },
              cg: { start, cgSteps: 2 },
              cholesky: {},
            }[solver],
          });
          const wanted =
            side === 'users'
              ? scoresOfAll(solved, problem.itemFactors, rank)
              : scoresOfAll(problem.userFactors, solved, rank);
          const { userFactors, itemFactors } = await solve(problem, [side]);
          near(scoresOfAll(userFactors, itemFactors, rank), wanted);
        });
      }
    }

    test.each([
      ['light weights', settingsOf({ unobservedWeight: 1, regularization: 0.01 })],
      ['weights of up to 100', settingsOf({ alpha: 100, unobservedWeight: 1, regularization: 0.1, exponent: 0 })],
      ['no unobserved cells', settingsOf({ unobservedWeight: 0, regularization: 0.05 })],
      ['no regularization', settingsOf({ unobservedWeight: 0.3, regularization: 0 })],
    ])('the objective never rises in a half-epoch, and falls to near its end: %s', async (_, settings) => {
      const problem = problemOf(matrix, { factors: 6, settings });
      const run = await backend.openTraining(problem, { solver, cgSteps: 3 });
      let loss = await run.loss();
      const first = loss;
      for (let half = 0; half < 12; half++) {
        await run.solve(half % 2 === 0 ? 'users' : 'items');
        const next = await run.loss();
        // Relative to the start: near the end of a reconstruction nothing but rounding is left.
        expect(next).toBeLessThanOrEqual(loss + lossTolerance * first);
        loss = next;
      }
      run.dispose();
      const exact = exactLoss(problem, 12);
      expect(loss).toBeLessThan(exact + 0.1 * (first - exact));
    });

    test('enough steps leave no gradient: A x = b', async () => {
      const rank = 7;
      const settings = settingsOf({ unobservedWeight: 0.5, regularization: 0.05 });
      const problem = problemOf(matrix, { factors: rank, settings });
      const run = await backend.openTraining(problem, { solver, cgSteps: 24 });
      // `auto` ends rows early, and goes on from there.
      for (let turn = 0; turn < (solver === 'auto' ? 12 : 1); turn++) await run.solve('users');
      const { userFactors, itemFactors } = await run.factors();
      run.dispose();
      for (let row = 0; row < problem.users.rowCount; row++) {
        if (problem.users.rowOffsets[row] === problem.users.rowOffsets[row + 1]) continue;
        const { left, right } = rowSystem(problem.users, { ...problem, row, fixed: itemFactors });
        // Norms of the systems are about 10.
        near(times(left, userFactors.subarray(row * rank, (row + 1) * rank)), right, 20 * tolerance);
      }
    });

    test('rows of every length, from none to 100,000', async () => {
      const rank = 8;
      const lengths = [0, 1, 2, 7, 8, 9, 255, 256, 257, 511, 512, 513, 8191, 8192, 8193, 100_000];
      const problem = problemOfLengths(lengths, { factors: rank, columnCount: 64 });
      const start = problem.userFactors;
      const [descent, within] = {
        // Ends early, but not before nine tenths of the way.
        auto: [{}, 0.2],
        'ew-pcg': [{ start, cgSteps: 3, isPreconditioned: true }, tolerance],
        cg: [{ start, cgSteps: 3 }, tolerance],
        cholesky: [{}, tolerance],
      }[solver] as [Partial<Parameters<typeof referenceSolve>[1]>, number];
      const { userFactors, itemFactors } = await solve(problem, ['users'], 3);
      const wanted = referenceSolve(problem.users, { ...problem, fixed: problem.itemFactors, ...descent });
      near(scoresOfAll(userFactors, itemFactors, rank), scoresOfAll(wanted, problem.itemFactors, rank), within);
      expect([...userFactors.subarray(0, rank)]).toEqual(Array.from({ length: rank }, () => 0));
    });

    test('another order of users and items: the same scores in that order', async () => {
      const cells = [
        [1, null, 0.4, null, 0.7],
        [null, 1, null, -0.5, null],
        [1, 1, null, 0.3, null],
        [null, null, 0.2, 0.9, 1],
      ];
      const [userOrder, itemOrder] = [
        [2, 0, 3, 1],
        [4, 1, 0, 3, 2],
      ];
      const rank = 4;
      const straight = problemOf(matrixOf(cells), { factors: rank });
      const rowsOf = (factors: Float32Array, order: readonly number[]): Float32Array =>
        Float32Array.from(order.flatMap((row) => [...factors.subarray(row * rank, (row + 1) * rank)]));
      const turned: AlsProblem = {
        ...problemOf(matrixOf(userOrder.map((user) => itemOrder.map((item) => cells[user]![item]!))), {
          factors: rank,
        }),
        userFactors: rowsOf(straight.userFactors, userOrder),
        itemFactors: rowsOf(straight.itemFactors, itemOrder),
      };
      const order = ['users', 'items', 'users', 'items'] as const;
      const [one, two] = [await solve(straight, order), await solve(turned, order)];
      const wanted = scoresOfAll(rowsOf(one.userFactors, userOrder), rowsOf(one.itemFactors, itemOrder), rank);
      near(scoresOfAll(two.userFactors, two.itemFactors, rank), wanted);
    });

    test('factors turned at the start, and all weights four times as large: the same scores', async () => {
      const rank = 5;
      const problem = problemOf(matrix, {
        factors: rank,
        settings: settingsOf({ unobservedWeight: 0.5, regularization: 0.05 }),
      });
      const heavier = ({ a, b, regularization, ...rest }: RowEquations): RowEquations => ({
        ...rest,
        a: a.map((value) => 4 * value),
        b: b.map((value) => 4 * value),
        regularization: regularization.map((value) => 4 * value),
      });
      const changed: AlsProblem = {
        ...problem,
        unobservedWeight: 4 * problem.unobservedWeight,
        users: heavier(problem.users),
        items: heavier(problem.items),
        userFactors: reflect(problem.userFactors, rank),
        itemFactors: reflect(problem.itemFactors, rank),
      };
      const order = ['users', 'items', 'users'] as const;
      const [one, two] = [await solve(problem, order), await solve(changed, order)];
      near(scoresOfAll(two.userFactors, two.itemFactors, rank), scoresOfAll(one.userFactors, one.itemFactors, rank));
    });

    test('nearly empty: what there is stays finite, and all else zero', async () => {
      for (const settings of [settingsOf(), settingsOf({ regularization: 0 }), settingsOf({ unobservedWeight: 0 })]) {
        const cells = Array.from({ length: 6 }, (_, user) =>
          Array.from({ length: 9 }, (_, item) => (user === 4 && item === 7 ? 1 : null)),
        );
        const problem = problemOf(matrixOf(cells), { factors: 8, settings });
        const { userFactors, itemFactors } = await solve(problem, ['users', 'items', 'users', 'items']);
        const found = scoresOfAll(userFactors, itemFactors, 8);
        expect([...found].every(Number.isFinite)).toBe(true);
        expect(found.findIndex((score) => score !== 0)).toBe(4 * 9 + 7);
        expect(found.filter((score) => score !== 0).length).toBe(1);
      }
    });
  });
}

/** Rows mirrored in the plane across (1, 2, 3, …): x − 2 v (v·x) / (v·v). */
function reflect(factors: Float32Array, rank: number): Float32Array {
  const normal = Array.from({ length: rank }, (_, i) => i + 1);
  const squared = normal.reduce((sum, value) => sum + value * value, 0);
  const mirrored = factors.slice();
  for (let start = 0; start < factors.length; start += rank) {
    const along = normal.reduce((sum, value, i) => sum + value * factors[start + i]!, 0);
    for (let i = 0; i < rank; i++) mirrored[start + i]! -= (2 * along * normal[i]!) / squared;
  }
  return mirrored;
}

/** The objective after so many half-epochs of exact solves in double precision. */
function exactLoss(problem: AlsProblem, halves: number): number {
  let userFactors: Float64Array = Float64Array.from(problem.userFactors);
  let itemFactors: Float64Array = Float64Array.from(problem.itemFactors);
  for (let half = 0; half < halves; half++) {
    if (half % 2 === 0) userFactors = referenceSolve(problem.users, { ...problem, fixed: itemFactors });
    else itemFactors = referenceSolve(problem.items, { ...problem, fixed: userFactors });
  }
  return referenceLoss(problem, { userFactors, itemFactors });
}

/** Users with so many entries each, in random columns, with random weights. */
function problemOfLengths(lengths: readonly number[], shape: { factors: number; columnCount: number }): AlsProblem {
  const { factors: rank, columnCount } = shape;
  const next = uniform(5);
  const entries = lengths.flatMap((length, row) =>
    Array.from({ length }, () => ({ row, column: Math.floor(next() * columnCount), weight: 0.2 + next() })),
  );
  const side = (rowOf: (entry: (typeof entries)[number]) => number, rowCount: number): RowEquations => {
    const sorted = [...entries].sort((left, right) => rowOf(left) - rowOf(right));
    const rowOffsets = new Uint32Array(rowCount + 1);
    for (const entry of sorted) rowOffsets[rowOf(entry) + 1]!++;
    for (let row = 0; row < rowCount; row++) rowOffsets[row + 1]! += rowOffsets[row]!;
    const weights = Float32Array.from(sorted, ({ weight }) => weight);
    return {
      rowCount,
      columnCount: lengths.length + columnCount - rowCount,
      rowOffsets,
      columns: Uint32Array.from(sorted, (entry) => entry.row + entry.column - rowOf(entry)),
      a: weights,
      b: weights,
      regularization: Float32Array.from({ length: rowCount }, (_, row) => 0.5 + 0.01 * rowOffsets[row + 1]!),
    };
  };
  return {
    factors: rank,
    unobservedWeight: 0.5,
    constantLoss: 0,
    users: side(({ row }) => row, lengths.length),
    items: side(({ column }) => column, columnCount),
    userFactors: randomNumbers(lengths.length * rank, { seed: 8, scale: 0.3 }),
    itemFactors: randomNumbers(columnCount * rank, { seed: 9 }),
  };
}
