import { describe, expect, test } from 'vitest';
import { symmetricEigen } from '../../src/engine/cpu/symmetric-eigen.ts';
import { randomNumbers } from '../support/synthetic.ts';

/** Σ_r y yᵀ of `rowCount` seeded rows: of no higher rank than that. */
function gramianOf(rank: number, rowCount: number): Float64Array {
  const rows = randomNumbers(rowCount * rank, { seed: rank + 3 });
  return Float64Array.from({ length: rank * rank }, (_, cell) => {
    let sum = 0;
    for (let row = 0; row < rowCount; row++) {
      sum += rows[row * rank + Math.floor(cell / rank)]! * rows[row * rank + (cell % rank)]!;
    }
    return sum;
  });
}

/** Largest |V A Vᵀ − Λ| and |V Vᵀ − I|. */
function residuals(matrix: Float64Array, rank: number): { system: number; orthogonality: number } {
  const { values, vectors } = symmetricEigen(matrix, rank);
  let [system, orthogonality] = [0, 0];
  const image = new Float64Array(rank);
  for (let i = 0; i < rank; i++) {
    for (let m = 0; m < rank; m++) {
      image[m] = 0;
      for (let n = 0; n < rank; n++) image[m]! += matrix[m * rank + n]! * vectors[i * rank + n]!;
    }
    for (let j = 0; j < rank; j++) {
      let [cell, inner] = [i === j ? -values[i]! : 0, i === j ? -1 : 0];
      for (let n = 0; n < rank; n++) {
        cell += vectors[j * rank + n]! * image[n]!;
        inner += vectors[j * rank + n]! * vectors[i * rank + n]!;
      }
      // Written so that NaN fails.
      if (!(Math.abs(cell) <= system)) system = Math.abs(cell);
      if (!(Math.abs(inner) <= orthogonality)) orthogonality = Math.abs(inner);
    }
  }
  return { system, orthogonality };
}

const normOf = (matrix: Float64Array): number => Math.hypot(...matrix.subarray(0, 4096));

describe('symmetricEigen', () => {
  for (const rank of [1, 2, 3, 4, 5, 8, 31, 64, 65, 128]) {
    test(`diagonalizes a Gramian of rank ${rank}`, () => {
      const matrix = gramianOf(rank, 3 * rank);
      const { system, orthogonality } = residuals(matrix, rank);
      // Backward stable: a small multiple of rank roundings.
      expect(system).toBeLessThan(1e-15 * rank * (1 + normOf(matrix)));
      expect(orthogonality).toBeLessThan(1e-15 * (rank + 8));
    });
  }

  const special: [string, number, (i: number, j: number) => number][] = [
    ['zero', 7, () => 0],
    ['the identity', 6, (i, j) => (i === j ? 1 : 0)],
    ['diagonal with equal elements', 9, (i, j) => (i === j ? Math.floor(i / 3) : 0)],
    ['all ones: one eigenvalue 5, four times 0', 5, () => 1],
    ['tridiagonal already', 12, (i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)],
    ['blocks that do not touch', 8, (i, j) => (i >> 2 === j >> 2 ? 1 / (1 + i + j) : 0)],
    ['of sizes twenty orders of magnitude apart', 6, (i, j) => (i === j ? 10 ** (4 * i - 12) : 1e-13 * (i + j))],
    ['with negative eigenvalues', 4, (i, j) => (i === j ? 0 : 1)],
    ['as small as squares of float32 get', 5, (i, j) => 1e-76 / (1 + i + j)],
  ];
  test.each(special)('a matrix that is %s', (_, rank, cell) => {
    const matrix = Float64Array.from({ length: rank * rank }, (_, place) => {
      return cell(Math.floor(place / rank), place % rank);
    });
    const { system, orthogonality } = residuals(matrix, rank);
    expect(system).toBeLessThanOrEqual(1e-15 * rank * normOf(matrix));
    expect(orthogonality).toBeLessThan(1e-14);
  });

  test('of a Gramian of fewer rows than its rank the rest is zero', () => {
    const { values } = symmetricEigen(gramianOf(20, 7), 20);
    const largest = Math.max(...values);
    expect(values.filter((value) => value > 1e-12 * largest).length).toBe(7);
    expect(values.filter((value) => Math.abs(value) < 1e-13 * largest).length).toBe(13);
  });

  test('only the lower triangle is read, and nothing is written to', () => {
    const matrix = gramianOf(10, 30);
    const { values } = symmetricEigen(matrix, 10);
    const lower = matrix.map((value, cell) => (cell % 10 > Math.floor(cell / 10) ? Number.NaN : value));
    const copy = lower.slice();
    expect(symmetricEigen(lower, 10).values).toEqual(values);
    expect(lower).toEqual(copy);
  });

  test('the same matrix gives the same bits', () => {
    const matrix = gramianOf(33, 50);
    expect(symmetricEigen(matrix, 33)).toEqual(symmetricEigen(matrix, 33));
  });

  test('NaN ends, and is not hidden', () => {
    const { values } = symmetricEigen(new Float64Array(16).fill(Number.NaN), 4);
    expect([...values].some(Number.isNaN)).toBe(true);
  });
});
