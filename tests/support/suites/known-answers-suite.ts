import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlsProblem, Backend, RowEquations, SolverName } from '../../../src/backends/backend.ts';
import { scoresOfAll } from '../../reference/ranking.ts';
import { matrixOf, problemOf, randomNumbers, settingsOf } from '../synthetic.ts';

export interface KnownAnswersOptions {
  readonly solvers: readonly SolverName[];
  /** Allowed difference of a score of about 1 that takes one solve of condition of about ten. */
  readonly tolerance: number;
  /** Epochs that leave nothing but rounding of the small problems here. */
  readonly epochs: number;
}

/**
 * Problems whose answers are known beforehand, by every solver of a back end. Ranks are at most 4, which a GPU pads to
 * the same, so that a software adapter compiles each kernel once. Solvers may turn the factors of both sides together,
 * so answers are scores.
 */
export function knownAnswersSuite(name: string, open: () => Promise<Backend>, options: KnownAnswersOptions): void {
  const { solvers, tolerance, epochs } = options;

  describe(`${name}, known answers`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend.dispose());

    describe.each(solvers)('solver %s', (solver) => {
      /** Scores of every pair after the users alone were solved so often, or after whole epochs. */
      const train = async (problem: AlsProblem, how: { users: number } | { epochs: number }) => {
        const run = await backend.openTraining(problem, { solver, cgSteps: 3 });
        const isWhole = 'epochs' in how;
        for (let turn = 0; turn < (isWhole ? how.epochs : how.users); turn++) {
          await run.solve('users');
          if (isWhole) await run.solve('items');
        }
        const [loss, factors] = [await run.loss(), await run.factors()];
        run.dispose();
        return { loss, scores: scoresOfAll(factors.userFactors, factors.itemFactors, problem.factors) };
      };

      // Y = {(1, 0), (0, 1), (1, 1)}, so G = (2 1; 1 2). First user: items 0 and 2; second: nothing.
      test.each([
        // A = ½ G + y₀y₀ᵀ + y₂y₂ᵀ + I = (4 3/2; 3/2 3), Σ b y = (2, 1): x = (4.5, 1) / 9.75
        ['α₀ = ½', settingsOf({ unobservedWeight: 0.5, regularization: 1, exponent: 0 }), [6 / 13, 4 / 39]],
        // A = G + 2 (y₀y₀ᵀ + y₂y₂ᵀ) + I = (7 3; 3 5), Σ b y = 3 (2, 1): x = (21, 3) / 26
        [
          'confidence 3',
          settingsOf({ alpha: 2, unobservedWeight: 1, regularization: 1, exponent: 0 }),
          [21 / 26, 3 / 26],
        ],
      ] as const)('closed form, %s, λ = 1', async (_, settings, [x0, x1]) => {
        const cells = [
          [1, null, 1],
          [null, null, null],
        ];
        const problem: AlsProblem = {
          ...problemOf(matrixOf(cells), { factors: 2, settings }),
          itemFactors: Float32Array.of(1, 0, 0, 1, 1, 1),
        };
        // Two numbers take two steps; `auto` may stop after the first, a third of the error left, and goes on.
        const { scores } = await train(problem, { users: solver === 'auto' ? 12 : 1 });
        for (const [place, wanted] of [x0, x1, x0 + x1, 0, 0, 0].entries()) {
          expect(Math.abs(scores[place]! - wanted)).toBeLessThan(tolerance);
        }
      });

      test('λ = 0 and as many factors as items reconstruct zeros and ones, and nothing is left of the loss', async () => {
        const cells = [
          [1, null, null, 1],
          [null, 1, null, 1],
          [1, 1, null, null],
          [null, null, 1, null],
          [null, 1, 1, 1],
          [1, null, 1, null],
        ];
        const settings = settingsOf({ alpha: 2, unobservedWeight: 1, regularization: 0 });
        const { scores, loss } = await train(problemOf(matrixOf(cells), { factors: 4, settings }), { epochs });
        for (const [place, cell] of cells.flat().entries()) {
          // Conditions here are about a hundred, ten times those that `tolerance` is for.
          expect(Math.abs(scores[place]! - (cell ?? 0))).toBeLessThan(10 * tolerance);
        }
        // Of a loss that began above 30: rounding of sums that cancel.
        expect(Math.abs(loss)).toBeLessThan(100 * tolerance);
      });

      test('a checkerboard: the square left out scores high, the other colour does not', async () => {
        const side = 12;
        const cells = Array.from({ length: side }, (_, user) =>
          Array.from({ length: side }, (_, item) => (user !== item && (user + item) % 2 === 0 ? 1 : null)),
        );
        const settings = settingsOf({ alpha: 10, unobservedWeight: 1, regularization: 0.1, exponent: 0 });
        const { scores } = await train(problemOf(matrixOf(cells), { factors: 2, settings }), { epochs });
        for (let user = 0; user < side; user++) {
          expect(scores[user * side + user]).toBeGreaterThan(0.7);
          for (let item = 1 - (user % 2); item < side; item += 2) {
            expect(Math.abs(scores[user * side + item]!)).toBeLessThan(0.05);
          }
        }
      });

      test('entries without weight change nothing, however many: rows of every kind of length agree', async () => {
        const problem = paddedRows([6, 12, 20, 100, 600, 3000, 9000, 20_000]);
        const { scores } = await train(problem, { users: 1 });
        const itemCount = problem.items.rowCount;
        for (let row = 1; row < problem.users.rowCount; row++) {
          for (let item = 0; item < itemCount; item++) {
            // The sums of a row run in other groups, whose roundings of 6e-8 each are all that may differ.
            expect(Math.abs(scores[row * itemCount + item]! - scores[item]!)).toBeLessThan(1e-6);
          }
        }
        expect(Math.max(...scores.map(Math.abs))).toBeGreaterThan(0.1);
      });

      test('items twice as long, λ four times as large: users half as long, the same scores', async () => {
        const problem = paddedRows([6, 40]);
        const { users } = problem;
        const { scores } = await train(problem, { users: 2 });
        const longer = await train(
          {
            ...problem,
            itemFactors: problem.itemFactors.map((value) => 2 * value),
            userFactors: problem.userFactors.map((value) => value / 2),
            users: { ...users, regularization: users.regularization.map((value) => 4 * value) },
          },
          { users: 2 },
        );
        for (const [place, score] of scores.entries()) {
          expect(Math.abs(longer.scores[place]! - score)).toBeLessThan(1e-6);
        }
      });
    });
  });
}

/**
 * Users of the given numbers of entries, of which the same six have weight and all others a = b = 0, and one start for
 * all: every user has the same equation.
 */
function paddedRows(lengths: readonly number[]): AlsProblem {
  const [rank, itemCount, weighty] = [3, 8, 6];
  const rowOffsets = new Uint32Array(lengths.length + 1);
  for (const [row, length] of lengths.entries()) rowOffsets[row + 1] = rowOffsets[row]! + length;
  const entryCount = rowOffsets.at(-1)!;
  const columns = new Uint32Array(entryCount);
  const [a, b] = [new Float32Array(entryCount), new Float32Array(entryCount)];
  for (const [row, length] of lengths.entries()) {
    for (let entry = 0; entry < length; entry++) columns[rowOffsets[row]! + entry] = (5 * entry) % itemCount;
    for (let place = 0; place < weighty; place++) {
      // Spread over the whole row, its two ends included.
      const entry = rowOffsets[row]! + Math.round((place * (length - 1)) / (weighty - 1));
      columns[entry] = place;
      a[entry] = 0.3 + 0.2 * place;
      b[entry] = 1 - 0.1 * place;
    }
  }
  const users: RowEquations = {
    rowCount: lengths.length,
    columnCount: itemCount,
    rowOffsets,
    columns,
    a,
    b,
    regularization: new Float32Array(lengths.length).fill(0.8),
  };
  const start = randomNumbers(rank, { seed: 3, scale: 0.5 });
  return {
    factors: rank,
    unobservedWeight: 0.4,
    constantLoss: 0,
    users,
    // The items are never solved here.
    items: {
      rowCount: itemCount,
      columnCount: lengths.length,
      rowOffsets: new Uint32Array(itemCount + 1),
      columns: new Uint32Array(0),
      a: new Float32Array(0),
      b: new Float32Array(0),
      regularization: new Float32Array(itemCount).fill(1),
    },
    userFactors: Float32Array.from(lengths.flatMap(() => [...start])),
    itemFactors: randomNumbers(itemCount * rank, { seed: 4, scale: 0.6 }),
  };
}
