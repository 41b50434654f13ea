import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlsProblem, Backend, Side, SolverName } from '../../../src/backends/backend.ts';
import type { HistoryEntry } from '../../../src/model/history-entry.ts';
import { foldInEquations } from '../../../src/model/row-equations.ts';
import { DisposedError } from '../../../src/errors.ts';
import { referenceLoss, type ReferenceSolve, referenceSolve } from '../../reference/als.ts';
import { everyScore } from '../every-score.ts';
import { expectNear } from '../expect-near.ts';
import { matrixOf, problemOf, randomMatrix, randomNumbers, settingsOf, tableOf } from '../synthetic.ts';

export interface BackendSuiteOptions {
  /**
   * Allowed difference from the double-precision reference, absolute, on factors and scores of about 1: rounding of
   * the result alone for a back end that sums in double, rank × entries roundings for one that sums in float32.
   */
  readonly tolerance: number;
  /** Allowed relative difference of the objective. */
  readonly lossTolerance: number;
  /** Ranks to try; each compiles its own pipelines on a GPU. */
  readonly ranks: readonly number[];
}

const other: Record<Side, Side> = { users: 'items', items: 'users' };

/** What every back end must pass: `Backend` of `src/backends/backend.ts`, promise by promise. */
export function backendSuite(name: string, open: () => Promise<Backend>, options: BackendSuiteOptions): void {
  const { tolerance, lossTolerance, ranks } = options;

  const near = (actual: ArrayLike<number>, wanted: ArrayLike<number>, within = tolerance): void =>
    expectNear(actual, wanted, within);

  describe(`${name} back end`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => {
      backend.dispose();
    });

    const solveOnce = async (
      problem: AlsProblem,
      how: { side: Side; solver: SolverName; cgSteps?: number },
    ): Promise<Float32Array> => {
      const run = await backend.openTraining(problem, { solver: how.solver, cgSteps: how.cgSteps ?? 3 });
      await run.solve(how.side);
      const { userFactors, itemFactors } = await run.factors();
      run.dispose();
      return how.side === 'users' ? userFactors : itemFactors;
    };

    const fixedSide = (problem: AlsProblem, side: Side): ReferenceSolve => ({
      fixed: other[side] === 'users' ? problem.userFactors : problem.itemFactors,
      factors: problem.factors,
      unobservedWeight: problem.unobservedWeight,
    });

    describe('training', () => {
      const matrix = randomMatrix({ rowCount: 23, columnCount: 31, seed: 11 });

      test('more steps of cg change the result, and enough of them are exact', async () => {
        const problem = problemOf(matrix, {
          factors: 8,
          settings: settingsOf({ unobservedWeight: 1, regularization: 0.1 }),
        });
        const exact = referenceSolve(problem.users, fixedSide(problem, 'users'));
        const one = await solveOnce(problem, { side: 'users', solver: 'cg', cgSteps: 1 });
        const many = await solveOnce(problem, { side: 'users', solver: 'cg', cgSteps: 24 });
        expect(Math.max(...one.map((value, place) => Math.abs(value - exact[place]!)))).toBeGreaterThan(0.01);
        // 24 steps at rank 8 run into the rounding of the recurrence itself: ten times the tolerance of one solve.
        near(many, exact, 10 * tolerance);
      });

      test('α₀ = 0, the explicit case, needs no Gramian', async () => {
        const settings = settingsOf({ unobservedWeight: 0, regularization: 0.2 });
        const problem = problemOf(matrix, { factors: 4, settings });
        for (const solver of ['cholesky', 'cg'] as const) {
          const solved = await solveOnce(problem, { side: 'items', solver, cgSteps: 16 });
          near(solved, referenceSolve(problem.items, fixedSide(problem, 'items')), 10 * tolerance);
        }
      });

      test('a pivot that is not positive gives no NaN', async () => {
        // Rank 6, one entry a row, λ = 0, α₀ = 0: the system has rank one.
        const problem = problemOf(
          matrixOf([
            [1, null],
            [null, 1],
          ]),
          {
            factors: 6,
            settings: settingsOf({ unobservedWeight: 0, regularization: 0 }),
          },
        );
        const solved = await solveOnce(problem, { side: 'users', solver: 'cholesky' });
        expect([...solved].every(Number.isFinite)).toBe(true);
        expect([...solved].some((value) => value !== 0)).toBe(true);
      });

      test('rows and columns without entries become zero, with both solvers', async () => {
        const sparse = matrixOf([
          [1, null, 0.5],
          [null, null, null],
          [null, null, 1],
        ]);
        for (const solver of ['cholesky', 'cg'] as const) {
          const problem = problemOf(sparse, { factors: 3 });
          const users = await solveOnce(problem, { side: 'users', solver });
          const items = await solveOnce(problem, { side: 'items', solver });
          expect([...users.subarray(3, 6)]).toEqual([0, 0, 0]);
          expect([...items.subarray(3, 6)]).toEqual([0, 0, 0]);
          expect(Math.abs(users[0]!)).toBeGreaterThan(0);
        }
      });

      test('a matrix without any entry becomes zero and keeps a loss of 0', async () => {
        const run = await backend.openTraining(
          problemOf(
            matrixOf([
              [null, null],
              [null, null],
            ]),
            { factors: 2 },
          ),
          {
            solver: 'cg',
            cgSteps: 3,
          },
        );
        await run.solve('users');
        await run.solve('items');
        const { userFactors, itemFactors } = await run.factors();
        expect([...userFactors, ...itemFactors]).toEqual(Array.from({ length: 8 }, () => 0));
        expect(await run.loss()).toBe(0);
        run.dispose();
      });

      test('one user, one item', async () => {
        const problem = problemOf(matrixOf([[1]]), {
          factors: 1,
          settings: settingsOf({ unobservedWeight: 1, exponent: 0 }),
        });
        const y = problem.itemFactors[0]!;
        const solved = await solveOnce(problem, { side: 'users', solver: 'cholesky' });
        near(solved, [y / (2 * y * y + 0.01)]);
      });

      test('the loss by hand', async () => {
        // x = 2, y = (1, −1), α₀ = ½, λ = ¼ with ν = 0, one entry (a, b) = (1, 1) at item 0:
        // ½ (4 + 4) + (4 − 2·2 + 1) + ¼·4 + ¼·2 = 6.5
        const problem: AlsProblem = {
          ...problemOf(matrixOf([[1, null]]), {
            factors: 1,
            settings: settingsOf({ unobservedWeight: 0.5, regularization: 0.25, exponent: 0 }),
          }),
          userFactors: Float32Array.of(2),
          itemFactors: Float32Array.of(1, -1),
        };
        const run = await backend.openTraining(problem, { solver: 'cg', cgSteps: 3 });
        near([await run.loss()], [6.5], lossTolerance);
        run.dispose();
      });

      test.each([Number.NaN, Infinity])(
        'a factor that is %d, of either side: the loss is no finite number',
        async (bad) => {
          for (const side of ['userFactors', 'itemFactors'] as const) {
            const problem = problemOf(randomMatrix({ rowCount: 9, columnCount: 7, seed: 3 }), {
              factors: 3,
              settings: settingsOf({ unobservedWeight: 0, regularization: 0, exponent: 0 }),
            });
            const factors = problem[side].slice();
            factors[factors.length - 2] = bad;
            const run = await backend.openTraining({ ...problem, [side]: factors }, { solver: 'cholesky', cgSteps: 0 });
            expect(await run.loss()).not.toSatisfy(Number.isFinite);
            run.dispose();
          }
        },
      );

      test('the loss over every cell, at the start and after an epoch', async () => {
        const problem = problemOf(matrix, { factors: 7 });
        const run = await backend.openTraining(problem, { solver: 'cg', cgSteps: 3 });
        const before = referenceLoss(problem, problem);
        expect(Math.abs((await run.loss()) - before)).toBeLessThan(lossTolerance * before);
        await run.solve('users');
        await run.solve('items');
        const after = referenceLoss(problem, await run.factors());
        expect(Math.abs((await run.loss()) - after)).toBeLessThan(lossTolerance * after);
        expect(after).toBeLessThan(before);
        run.dispose();
      });

      test('the starting factors are copied, not changed', async () => {
        const problem = problemOf(matrix, { factors: 4 });
        const users = problem.userFactors.slice();
        const items = problem.itemFactors.slice();
        const run = await backend.openTraining(problem, { solver: 'cg', cgSteps: 3 });
        const before = await run.factors();
        expect(before.userFactors).toEqual(users);
        expect(before.itemFactors).toEqual(items);
        await run.solve('users');
        await run.solve('items');
        run.dispose();
        expect(problem.userFactors).toEqual(users);
        expect(problem.itemFactors).toEqual(items);
      });

      test('a run disposed of twice is quiet, and used afterwards is an error by name', async () => {
        const run = await backend.openTraining(problemOf(matrix, { factors: 2 }), { solver: 'cg', cgSteps: 3 });
        run.dispose();
        run.dispose();
        await expect(async () => run.solve('users')).rejects.toThrow(DisposedError);
      });
    });

    describe('fold-in', () => {
      // Y = {(1, 0), (0, 1), (1, 1)}, history {0, 2}; both answers were worked out on paper.
      const tiny = {
        factors: 2,
        rowCount: 3,
        itemFactors: Float32Array.of(1, 0, 0, 1, 1, 1),
        biases: new Float32Array(3),
      };
      const liked = (...rows: number[]): HistoryEntry[] =>
        rows.map((itemRow) => ({ itemRow, strength: 1, stars: null }));
      const noBiases = { globalMean: 0, itemBiases: new Float32Array(3), itemCount: 3, weights: null };

      const closedForms = [
        {
          model: 'α₀ = ½, λ = 1',
          settings: settingsOf({ unobservedWeight: 0.5, regularization: 1, exponent: 0 }),
          x: [6 / 13, 4 / 39],
        },
        {
          model: 'confidence 3, λ = 1',
          settings: settingsOf({ alpha: 2, unobservedWeight: 1, regularization: 1, exponent: 0 }),
          x: [21 / 26, 3 / 26],
        },
      ];
      for (const { model, settings, x } of closedForms) {
        test(`closed form, ${model}`, async () => {
          const table = await backend.openItemTable({ ...tiny, unobservedWeight: settings.unobservedWeight });
          const { equations } = foldInEquations([liked(0, 2)], { ...noBiases, settings });
          near(await table.foldIn(equations), x);
          table.dispose();
        });
      }

      for (const rank of ranks) {
        test(`many rows at once, with dislikes and an empty one, rank ${rank}`, async () => {
          const problem = problemOf(randomMatrix({ rowCount: 9, columnCount: 37, seed: 3 }), { factors: rank });
          const table = await backend.openItemTable(tableOf(problem));
          const folded = await table.foldIn(problem.users);
          near(folded, referenceSolve(problem.users, fixedSide(problem, 'users')));
          table.dispose();
        });
      }

      test('a folded-in user equals the trained row', async () => {
        const problem = problemOf(randomMatrix({ rowCount: 12, columnCount: 20, seed: 4 }), { factors: 6 });
        const trained = await solveOnce(problem, { side: 'users', solver: 'cholesky' });
        const table = await backend.openItemTable(tableOf(problem));
        near(await table.foldIn(problem.users), trained);
        table.dispose();
      });

      test('a dislike pulls the score of its item down', async () => {
        const settings = settingsOf({ unobservedWeight: 0.5, regularization: 1, exponent: 0 });
        const table = await backend.openItemTable({ ...tiny, unobservedWeight: 0.5 });
        const history = liked(0);
        const { equations } = foldInEquations([history, [...history, { itemRow: 2, strength: -1, stars: null }]], {
          ...noBiases,
          settings,
        });
        const queries = await table.foldIn(equations);
        const scores = await everyScore(table, queries, { similarity: 'dot', rowCount: 3 });
        expect(scores[3 + 2]).toBeLessThan(scores[2]! - 0.05);
        table.dispose();
      });

      test('fold-in and top-k in one go equal the two apart', async () => {
        const problem = problemOf(randomMatrix({ rowCount: 5, columnCount: 70, seed: 8 }), { factors: 8 });
        const table = await backend.openItemTable({
          ...tableOf(problem),
          biases: randomNumbers(70, { seed: 2, scale: 0.1 }),
        });
        const mask = new Uint32Array(3 * 5).fill(0x0000_00f0);
        const together = await table.foldInTopK(problem.users, { k: 9, mask });
        const factors = await table.foldIn(problem.users);
        const { topK } = await table.topK(factors, { k: 9, similarity: 'dot', mask });
        near(together.factors, factors);
        expect(together.topK.rows).toEqual(topK.rows);
        near(together.topK.scores, topK.scores);
        expect(together.timings.totalMs).toBeGreaterThan(0);
        table.dispose();
      });
    });
  });
}
