import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlsProblem, Backend, ItemSide, Side, SolverName } from '../../../src/backends/backend.ts';
import type { HistoryEntry } from '../../../src/model/history-entry.ts';
import { foldInEquations } from '../../../src/model/row-equations.ts';
import { DisposedError } from '../../../src/errors.ts';
import { referenceLoss, type ReferenceSolve, referenceSolve } from '../../reference/als.ts';
import { scoresOf, topRows } from '../../reference/ranking.ts';
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

    describe('scoring', () => {
      for (const rowCount of [1, 31, 32, 33, 257, 1031]) {
        test(`scores and top-k of ${rowCount} items, dot and cosine`, async () => {
          const rank = 6;
          const table: ItemSide = {
            factors: rank,
            rowCount,
            itemFactors: randomNumbers(rowCount * rank, { seed: rowCount + 1 }),
            biases: randomNumbers(rowCount, { seed: rowCount + 2, scale: 0.2 }),
            unobservedWeight: 0.1,
          };
          const queries = randomNumbers(3 * rank, { seed: 77 });
          const opened = await backend.openItemTable(table);
          for (const similarity of ['dot', 'cosine'] as const) {
            const scores = await everyScore(opened, queries, { similarity, rowCount });
            const { topK } = await opened.topK(queries, { k: 10, similarity });
            const k = Math.min(10, rowCount);
            expect(topK.k).toBe(k);
            expect([...topK.counts]).toEqual([k, k, k]);
            for (let query = 0; query < 3; query++) {
              const wanted = scoresOf(queries.subarray(query * rank, (query + 1) * rank), table, similarity);
              near(scores.subarray(query * rowCount, (query + 1) * rowCount), wanted);
              // Seeded scores lie further apart than the tolerance, so the order must be the reference's.
              expect([...topK.rows.subarray(query * k, (query + 1) * k)]).toEqual(topRows(wanted, { k }));
              near(
                topK.scores.subarray(query * k, (query + 1) * k),
                topRows(wanted, { k }).map((row) => wanted[row]!),
              );
            }
          }
          opened.dispose();
        });
      }

      /** Item `row` scores `values[row]` for the query (1). */
      const lineOf = (values: readonly number[]): ItemSide => ({
        factors: 1,
        rowCount: values.length,
        itemFactors: Float32Array.from(values),
        biases: new Float32Array(values.length),
        unobservedWeight: 0,
      });
      const one = Float32Array.of(1);

      test('ties go to the lower row, whatever k', async () => {
        const values = Array.from({ length: 300 }, (_, row) => (row % 3 === 0 ? 2 : 1));
        const table = await backend.openItemTable(lineOf(values));
        for (const k of [1, 2, 99, 100, 101, 300]) {
          const { topK } = await table.topK(one, { k, similarity: 'dot' });
          expect([...topK.rows]).toEqual(topRows(values, { k }));
        }
        table.dispose();
      });

      test('negative scores and zeros are ordered too', async () => {
        const values = [-1, 0, -3, 2, -2, -0.5];
        const table = await backend.openItemTable(lineOf(values));
        const { topK } = await table.topK(one, { k: 6, similarity: 'dot' });
        expect([...topK.rows]).toEqual([3, 1, 5, 0, 4, 2]);
        expect([...topK.scores]).toEqual([2, 0, -0.5, -1, -2, -3]);
        table.dispose();
      });

      test('k above the catalogue is clamped', async () => {
        const table = await backend.openItemTable(lineOf([1, 2, 3]));
        const { topK } = await table.topK(one, { k: 50, similarity: 'dot' });
        expect(topK.k).toBe(3);
        expect([...topK.rows]).toEqual([2, 1, 0]);
        table.dispose();
      });

      test('masked rows never appear; counts tell how many places are filled', async () => {
        const values = Array.from({ length: 70 }, (_, row) => row);
        const table = await backend.openItemTable(lineOf(values));
        const isMasked = (row: number): boolean => row >= 67 || row === 64 || row < 60;
        const mask = new Uint32Array(3);
        for (let row = 0; row < 70; row++) if (isMasked(row)) mask[row >>> 5]! |= 1 << (row & 31);
        const { topK } = await table.topK(one, { k: 10, similarity: 'dot', mask });
        expect(topK.counts[0]).toBe(6);
        expect([...topK.rows.subarray(0, 6)]).toEqual([66, 65, 63, 62, 61, 60]);
        const none = await table.topK(one, { k: 4, similarity: 'dot', mask: new Uint32Array(3).fill(0xffff_ffff) });
        expect(none.topK.counts[0]).toBe(0);
        table.dispose();
      });

      test('one mask for all queries, or one a query', async () => {
        const table = await backend.openItemTable(lineOf([1, 2, 3]));
        const queries = Float32Array.of(1, -1);
        const shared = await table.topK(queries, { k: 2, similarity: 'dot', mask: Uint32Array.of(0b100) });
        expect([...shared.topK.rows]).toEqual([1, 0, 0, 1]);
        const each = await table.topK(queries, { k: 2, similarity: 'dot', mask: Uint32Array.of(0b100, 0b001) });
        expect([...each.topK.rows]).toEqual([1, 0, 1, 2]);
        table.dispose();
      });

      test('cosine: itself is 1, a zero row is 0, biases are left out', async () => {
        const factors = randomNumbers(40 * 5, { seed: 9 });
        factors.fill(0, 5 * 7, 5 * 8);
        const biases = new Float32Array(40).fill(100);
        const table = await backend.openItemTable({
          factors: 5,
          rowCount: 40,
          itemFactors: factors,
          biases,
          unobservedWeight: 0,
        });
        const queries = Float32Array.of(...factors.subarray(15, 20), ...factors.subarray(35, 40));
        const { topK } = await table.topK(queries, { k: 1, similarity: 'cosine' });
        expect(topK.rows[0]).toBe(3);
        near([topK.scores[0]!], [1]);
        const scores = await everyScore(table, queries, { similarity: 'cosine', rowCount: 40 });
        expect(scores[7]).toBe(0);
        expect([...scores.subarray(40)].every((score) => score === 0)).toBe(true);
        table.dispose();
      });

      test('a table disposed of twice is quiet, and used afterwards is an error by name', async () => {
        const table = await backend.openItemTable(lineOf([1, 2]));
        table.dispose();
        table.dispose();
        await expect(async () => table.topK(one, { k: 1, similarity: 'dot' })).rejects.toThrow(DisposedError);
      });
    });
  });
}
