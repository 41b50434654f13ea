import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend, ItemSide, RowEquations } from '../../../src/backends/backend.ts';
import { DisposedError } from '../../../src/errors.ts';
import { rowSystem, solveLinear } from '../../reference/als.ts';
import { randomNumbers } from '../synthetic.ts';

export interface ContributionsSuiteOptions {
  /** Numbers of factors, entries of the history and items asked about; each number of factors compiles anew on a GPU. */
  readonly cases: readonly (readonly [factors: number, entryCount: number, itemCount: number])[];
  /** Allowed difference of a score of about 1 of a list from the double-precision sum of its terms. */
  readonly scoreTolerance: number;
}

/** More than one part of the items that the Gramian is summed from. */
const rowCount = 2051;

function historyOf(entryCount: number): RowEquations {
  return {
    rowCount: 1,
    columnCount: rowCount,
    rowOffsets: Uint32Array.of(0, entryCount),
    columns: Uint32Array.from({ length: entryCount }, (_, entry) => 7 * entry + 3),
    // Confidences above 0; a dislike has weight and no target.
    a: randomNumbers(entryCount, { seed: 1 }).map((value) => Math.abs(value) + 0.1),
    b: randomNumbers(entryCount, { seed: 2 }).map((value, entry) => (entry % 3 === 2 ? 0 : value)),
    regularization: Float32Array.of(0.5),
  };
}

function tableOf(factors: number, unobservedWeight: number): ItemSide {
  return {
    factors,
    rowCount,
    itemFactors: randomNumbers(rowCount * factors, { seed: 3 }),
    biases: randomNumbers(rowCount, { seed: 5, scale: 0.1 }),
    unobservedWeight,
  };
}

/** `ItemTable.contributions`: double precision on every back end. */
export function contributionsSuite(
  name: string,
  open: () => Promise<Backend>,
  { cases, scoreTolerance }: ContributionsSuiteOptions,
): void {
  describe(`${name}, contributions`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend.dispose());

    test.each(cases)(
      '%i factors, %i entries, %i items: b_j y_jᵀ A⁻¹ z_i by elimination',
      async (factors, entryCount, itemCount) => {
        const history = historyOf(entryCount);
        const itemRows = Uint32Array.from({ length: itemCount }, (_, place) => rowCount - 1 - 11 * place);
        for (const unobservedWeight of [0, 0.25]) {
          const table = tableOf(factors, unobservedWeight);
          const fixed = table.itemFactors;
          const rowOf = (row: number): Float64Array =>
            Float64Array.from(fixed.subarray(row * factors, (row + 1) * factors));
          const { left } = rowSystem(history, { row: 0, fixed, factors, unobservedWeight });
          const opened = await backend.openItemTable(table);
          // Twice: nothing of one question is left for the next.
          for (const rows of [itemRows, itemRows.toReversed()]) {
            const terms = await opened.contributions(history, rows);
            expect(terms.length).toBe(entryCount * itemCount);
            for (const [place, row] of rows.entries()) {
              const solved = solveLinear(left, rowOf(row));
              for (let entry = 0; entry < entryCount; entry++) {
                const y = rowOf(history.columns[entry]!);
                const dot = y.reduce((sum, value, i) => sum + value * solved[i]!, 0);
                // The Gramian's parts are sums of 64 products in single precision; all else is in double.
                expect(Math.abs(terms[place * entryCount + entry]! - history.b[entry]! * dot)).toBeLessThan(1e-8);
              }
            }
          }
          opened.dispose();
        }
      },
    );

    test('bias and terms sum to the score of a list', async () => {
      const [factors] = cases[0]!;
      const table = tableOf(factors, 0.25);
      const history = historyOf(12);
      const opened = await backend.openItemTable(table);
      const { topK } = await opened.foldInTopK(history, { k: 20 });
      const terms = await opened.contributions(history, topK.rows);
      for (const [place, row] of topK.rows.entries()) {
        const sum = terms
          .subarray(12 * place, 12 * (place + 1))
          .reduce((total, term) => total + term, table.biases[row]!);
        expect(Math.abs(sum - topK.scores[place]!)).toBeLessThan(scoreTolerance);
      }
      opened.dispose();
    });

    test('a history or a list without anything has no terms', async () => {
      const opened = await backend.openItemTable(tableOf(cases[0]![0], 1));
      expect((await opened.contributions(historyOf(0), Uint32Array.of(1, 2))).length).toBe(0);
      expect((await opened.contributions(historyOf(5), new Uint32Array(0))).length).toBe(0);
      opened.dispose();
    });

    test('of a table that was disposed of they are an error by name', async () => {
      const opened = await backend.openItemTable(tableOf(cases[0]![0], 1));
      opened.dispose();
      await expect(opened.contributions(historyOf(5), Uint32Array.of(1))).rejects.toThrow(DisposedError);
    });
  });
}
