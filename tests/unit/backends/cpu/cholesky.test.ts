import { expect, test } from 'vitest';
import { factorizeCholesky, solveCholesky } from '../../../../src/backends/cpu/cholesky.ts';
import { addOuterProducts } from '../../../../src/backends/cpu/gramian.ts';
import { referenceGramian } from '../../../reference/als.ts';
import { randomNumbers } from '../../../support/synthetic.ts';

test.each([1, 2, 7, 32])('L Lᵀ = A and A x = b at rank %i', (rank) => {
  const original = referenceGramian(randomNumbers(3 * rank * rank, { seed: rank }), rank);
  const matrix = original.slice();
  const inverse = new Float64Array(rank).fill(Number.NaN);
  factorizeCholesky(matrix, inverse, rank);
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let n = 0; n <= j; n++) sum += matrix[i * rank + n]! * matrix[j * rank + n]!;
      // Double rounding on elements of about 3 rank.
      expect(Math.abs(sum - original[i * rank + j]!)).toBeLessThan(1e-11);
    }
  }
  const right = Float64Array.from(randomNumbers(rank, { seed: 99 }));
  const solved = right.slice();
  solveCholesky(matrix, inverse, solved, rank);
  for (let i = 0; i < rank; i++) {
    let sum = 0;
    for (let j = 0; j < rank; j++) sum += original[i * rank + j]! * solved[j]!;
    expect(Math.abs(sum - right[i]!)).toBeLessThan(1e-9);
  }
});

test('a singular matrix gives 0 where it says nothing, not NaN', () => {
  // v vᵀ with v = (1, 2, 3): rank one.
  const matrix = Float64Array.of(1, 2, 3, 2, 4, 6, 3, 6, 9);
  const inverse = new Float64Array(3);
  factorizeCholesky(matrix, inverse, 3);
  const vector = Float64Array.of(14, 28, 42);
  solveCholesky(matrix, inverse, vector, 3);
  expect([...vector]).toEqual([14, 0, 0]);
});

test('the outer products of no rows are zero; of one to nine rows they are the sum of y yᵀ', () => {
  for (let rowCount = 0; rowCount <= 9; rowCount++) {
    const factors = randomNumbers(rowCount * 3, { seed: rowCount + 1 });
    const matrix = new Float64Array(9);
    addOuterProducts(matrix, factors, { first: 0, end: rowCount, rank: 3 });
    const wanted = referenceGramian(factors, 3);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j <= i; j++) expect(matrix[3 * i + j]).toBeCloseTo(wanted[3 * i + j]!, 12);
    }
  }
});
