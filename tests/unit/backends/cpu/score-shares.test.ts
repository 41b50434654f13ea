/** Shares of scores by each kind of kernel, against elimination in double precision. */
import { describe, expect, test } from 'vitest';
import type { RowEquations } from '../../../../src/backends/backend.ts';
import { kernelSource } from '../../../../src/backends/cpu/kernel-source.ts';
import { openScoreShares } from '../../../../src/backends/cpu/score-shares.ts';
import { rowSystem, solveLinear } from '../../../reference/als.ts';
import { randomNumbers } from '../../../support/synthetic.ts';

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

describe.each(['auto', 'typescript'] as const)('kernels %s', (kernels) => {
  test.each([
    [1, 5, 2],
    [7, 1, 1],
    [8, 4, 9],
    [9, 9, 4],
    [20, 33, 50],
    [64, 61, 3],
  ])('rank %i, %i entries, %i items: b_j y_jᵀ A⁻¹ z_i', async (rank, entryCount, itemCount) => {
    const factors = randomNumbers(rowCount * rank, { seed: 3 });
    const history = historyOf(entryCount);
    const itemRows = Array.from({ length: itemCount }, (_, place) => rowCount - 1 - 11 * place);
    const rowOf = (row: number): Float64Array => Float64Array.from(factors.subarray(row * rank, (row + 1) * rank));
    for (const alpha0 of [0, 0.25]) {
      const table = {
        factors: rank,
        rowCount,
        itemFactors: factors,
        biases: new Float32Array(rowCount),
        unobservedWeight: alpha0,
      };
      const shares = await openScoreShares(table, await kernelSource(kernels));
      const { left } = rowSystem(history, { row: 0, fixed: factors, factors: rank, unobservedWeight: alpha0 });
      // Twice: nothing of one question is left for the next.
      for (const rows of [itemRows, itemRows.toReversed()]) {
        const terms = shares(history, rows);
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
    }
  });

  test('a history or a list without anything has no terms', async () => {
    const table = { factors: 3, rowCount, itemFactors: randomNumbers(rowCount * 3, { seed: 4 }), unobservedWeight: 1 };
    const shares = await openScoreShares({ ...table, biases: new Float32Array(rowCount) }, await kernelSource(kernels));
    expect(shares(historyOf(0), [1, 2]).length).toBe(0);
    expect(shares(historyOf(5), []).length).toBe(0);
  });
});
