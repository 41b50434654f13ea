import { describe, expect, test } from 'vitest';
import type { Kernels } from '../../../../src/backends/cpu/kernels.ts';
import { MemoryLayout } from '../../../../src/backends/cpu/memory-layout.ts';
import { loadKernels, kernelSources } from '../../../support/kernel-sources.ts';
import { randomNumbers } from '../../../support/synthetic.ts';

/** Σ_r y yᵀ of `rowCount` seeded rows: of no higher rank than that. */
function gramianOf(rank: number, rowCount: number): (i: number, j: number) => number {
  const rows = randomNumbers(rowCount * rank, { seed: rank + 3 });
  return (i, j) => {
    let sum = 0;
    for (let row = 0; row < rowCount; row++) sum += rows[row * rank + i]! * rows[row * rank + j]!;
    return sum;
  };
}

/** The matrix with zeros up to a multiple of eight, decomposed. */
async function decompose(
  open: (byteLength: number) => Promise<Kernels>,
  size: number,
  cell: (i: number, j: number) => number,
): Promise<{ rank: number; matrix: Float64Array; values: Float64Array; vectors: Float64Array }> {
  const rank = (size + 7) & ~7;
  const matrix = new Float64Array(rank * rank);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) matrix[i * rank + j] = cell(i, j);
  const layout = new MemoryLayout();
  const work = layout.place(matrix);
  const vectors = layout.take(8 * rank * rank);
  const values = layout.take(8 * rank);
  const scratch = layout.take(24 * rank);
  const { kernels } = await loadKernels(open, layout);
  kernels.symmetricEigen(work, rank, vectors, values, scratch);
  const { buffer } = kernels.memory;
  return {
    rank,
    matrix,
    values: new Float64Array(buffer, values, rank),
    vectors: new Float64Array(buffer, vectors, rank * rank),
  };
}

/** Largest |V A Vᵀ − Λ| and |V Vᵀ − I|. */
function residuals({ rank, matrix, values, vectors }: Awaited<ReturnType<typeof decompose>>) {
  let [system, orthogonality] = [0, 0];
  const image = new Float64Array(rank);
  for (let i = 0; i < rank; i++) {
    for (let m = 0; m < rank; m++) {
      image[m] = 0;
      for (let n = 0; n < rank; n++) image[m]! += matrix[m * rank + n]! * vectors[i * rank + n]!;
    }
    for (let j = 0; j < rank; j++) {
      let [cell, inner] = i === j ? [-values[i]!, -1] : [0, 0];
      for (let n = 0; n < rank; n++) {
        cell += vectors[j * rank + n]! * image[n]!;
        inner += vectors[j * rank + n]! * vectors[i * rank + n]!;
      }
      // Written so that NaN stays.
      if (!(Math.abs(cell) <= system)) system = Math.abs(cell);
      if (!(Math.abs(inner) <= orthogonality)) orthogonality = Math.abs(inner);
    }
  }
  return { system, orthogonality };
}

function normOf(matrix: Float64Array): number {
  return Math.sqrt(matrix.reduce((sum, cell) => sum + cell * cell, 0));
}

describe.each(kernelSources)('eigen-decomposition, %s', (_, open) => {
  test.each([1, 2, 3, 7, 8, 9, 31, 64, 100])('of a Gramian of rank %i', async (size) => {
    const found = await decompose(open, size, gramianOf(size, 3 * size));
    const { system, orthogonality } = residuals(found);
    // Backward stable: a small multiple of rank roundings of the norm, and in the check as many again.
    expect(system).toBeLessThan(1e-15 * (found.rank + 8) * normOf(found.matrix));
    expect(orthogonality).toBeLessThan(1e-15 * (found.rank + 8));
  });

  const special: [string, number, (i: number, j: number) => number][] = [
    ['zero', 7, () => 0],
    ['the identity', 6, (i, j) => (i === j ? 1 : 0)],
    ['diagonal with equal elements', 9, (i, j) => (i === j ? Math.floor(i / 3) : 0)],
    ['all ones: one eigenvalue 5, else 0', 5, () => 1],
    ['tridiagonal already', 12, (i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)],
    ['of blocks that do not touch', 8, (i, j) => (i >> 2 === j >> 2 ? 1 / (1 + i + j) : 0)],
    ['of sizes twenty orders of magnitude apart', 6, (i, j) => (i === j ? 10 ** (4 * i - 12) : 1e-13 * (i + j))],
    ['with negative eigenvalues', 4, (i, j) => (i === j ? 0 : 1)],
    ['as small as squares of float32 get', 5, (i, j) => 1e-76 / (1 + i + j)],
    ['as large as squares of float32 get', 5, (i, j) => 1e76 / (1 + i + j)],
  ];
  test.each(special)('of a matrix that is %s', async (name, size, cell) => {
    const found = await decompose(open, size, cell);
    const { system, orthogonality } = residuals(found);
    expect(system, name).toBeLessThanOrEqual(1e-15 * (found.rank + 8) * normOf(found.matrix));
    expect(orthogonality, name).toBeLessThan(1e-14);
  });

  test('of a Gramian of fewer rows than its rank: the rest is zero', async () => {
    const { values } = await decompose(open, 20, gramianOf(20, 7));
    const largest = Math.max(...values);
    expect(values.filter((value) => value > 1e-12 * largest).length).toBe(7);
    expect(values.filter((value) => Math.abs(value) < 1e-13 * largest).length).toBe(values.length - 7);
  });

  test('what is beyond the rank stays apart, exactly', async () => {
    const { rank, vectors } = await decompose(open, 5, gramianOf(5, 3));
    for (let i = 0; i < rank; i++) {
      const beyond = [...vectors.subarray(i * rank + 5, (i + 1) * rank)];
      const within = [...vectors.subarray(i * rank, i * rank + 5)];
      expect(beyond.every((value) => value === 0) || within.every((value) => value === 0)).toBe(true);
    }
  });

  test('the same matrix gives the same bits', async () => {
    const [once, again] = [await decompose(open, 33, gramianOf(33, 50)), await decompose(open, 33, gramianOf(33, 50))];
    expect(once.vectors).toEqual(again.vectors);
    expect(once.values).toEqual(again.values);
  });

  test('of NaN ends, and hides nothing', async () => {
    const { values } = await decompose(open, 4, () => Number.NaN);
    expect([...values].some(Number.isNaN)).toBe(true);
  });
});
