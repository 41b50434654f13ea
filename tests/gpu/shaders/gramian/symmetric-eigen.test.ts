import { expect, test } from 'vitest';
import { BufferScope } from '../../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../../src/gpu/command-batch.ts';
import { readBuffers } from '../../../../src/gpu/read-back.ts';
import { padRows } from '../../../../src/backends/padded-rows.ts';
import { eigenvaluesByteLength, symmetricEigen } from '../../../../src/shaders/gramian/symmetric-eigen.ts';
import { referenceGramian } from '../../../reference/als.ts';
import { randomNumbers } from '../../../support/synthetic.ts';
import { validated } from '../../../support/validated-gpu.ts';

/** The padded matrix, its eigenvectors (a column each), its eigenvalues and the largest of them, from the GPU. */
function decompose(matrix: ArrayLike<number>, rank: number, workgroupSize = 16) {
  return validated(async (gpu) => {
    const rankVectors = Math.ceil(rank / 4);
    const stride = 4 * rankVectors;
    const padded = new Float32Array(stride * stride);
    padded.set(padRows(Float32Array.from(matrix), { factors: rank, rowCount: rank }));
    using buffers = new BufferScope(gpu, 'test');
    const work = buffers.upload('Gramian', padded);
    const basis = buffers.upload('basis', new Float32Array(stride * stride).fill(Number.NaN));
    const values = buffers.upload('values', new Float32Array(stride + 4).fill(Number.NaN));
    expect(values.size).toBe(eigenvaluesByteLength(rankVectors));
    const commands = new CommandBatch(gpu, 'test');
    symmetricEigen.encode(commands, {
      buffers: { gramian: work, basis, values },
      params: {},
      overrides: { rank_vectors: rankVectors, workgroup_size: workgroupSize },
      workgroups: 1,
    });
    commands.submit();
    const [vectors, eigenvalues] = (await readBuffers(gpu, [basis, values])).map((bytes) => new Float32Array(bytes));
    return {
      stride,
      padded,
      vectors: vectors!,
      values: eigenvalues!.subarray(0, stride),
      largest: eigenvalues![stride],
    };
  });
}

/** Largest |V Λ Vᵀ − G| and |V Vᵀ − I|; NaN where there is any. */
function residuals({ stride, padded, vectors, values }: Awaited<ReturnType<typeof decompose>>) {
  const worst = (current: number, next: number): number => (next <= current ? current : next);
  let [system, orthogonality] = [0, 0];
  for (let i = 0; i < stride; i++) {
    for (let j = 0; j < stride; j++) {
      let [cell, inner] = [-padded[i * stride + j]!, i === j ? -1 : 0];
      for (let n = 0; n < stride; n++) {
        const product = vectors[i * stride + n]! * vectors[j * stride + n]!;
        cell += values[n]! * product;
        inner += product;
      }
      system = worst(system, Math.abs(cell));
      orthogonality = worst(orthogonality, Math.abs(inner));
    }
  }
  return { system, orthogonality };
}

/** A few hundred turns of each number, each rounded by 6e-8, of which most cancel. */
const tolerance = 1e-5;

test.each([1, 2, 3, 4, 5, 31, 32, 33, 64])('rank %i', async (rank) => {
  const matrix = referenceGramian(randomNumbers(3 * rank * rank, { seed: rank, scale: 1 }), rank);
  const decomposed = await decompose(matrix, rank);
  const { system, orthogonality } = residuals(decomposed);
  const largest = Math.max(...decomposed.values);
  expect(decomposed.largest).toBe(largest);
  expect(system).toBeLessThan(tolerance * largest);
  expect(orthogonality).toBeLessThan(tolerance);
  // Padding mixes with nothing.
  for (let i = 0; i < rank; i++) {
    for (let j = rank; j < decomposed.stride; j++) expect(decomposed.vectors[i * decomposed.stride + j]).toBe(0);
  }
});

test('two dimensions by hand', async () => {
  // (2, 1; 1, 2): 3 along (1, 1), 1 along (1, −1)
  const { values, vectors, stride } = await decompose([2, 1, 1, 2], 2);
  expect(values[0]! + values[1]!).toBeCloseTo(4, 5);
  expect(Math.max(values[0]!, values[1]!)).toBeCloseTo(3, 5);
  for (const place of [0, 1, stride, stride + 1]) expect(Math.abs(vectors[place]!)).toBeCloseTo(Math.SQRT1_2, 5);
});

test('a diagonal matrix is its own basis, to the bit; so are zeros', async () => {
  for (const scale of [0, 1]) {
    const diagonal = Array.from({ length: 25 }, (_, cell) => (cell % 6 === 0 ? scale * (cell + 1) : 0));
    const { values, vectors, stride } = await decompose(diagonal, 5);
    expect([...values.subarray(0, 5)]).toEqual([1, 7, 13, 19, 25].map((value) => scale * value));
    for (const [cell, value] of vectors.entries()) expect(value).toBe(cell % (stride + 1) === 0 ? 1 : 0);
  }
});

test('a rank below the size: eigenvalues of zero, none below', async () => {
  const rank = 24;
  const decomposed = await decompose(referenceGramian(randomNumbers(7 * rank, { seed: 5, scale: 1 }), rank), rank);
  const { system, orthogonality } = residuals(decomposed);
  expect(system).toBeLessThan(tolerance * decomposed.largest!);
  expect(orthogonality).toBeLessThan(tolerance);
  expect(Math.min(...decomposed.values)).toBeGreaterThanOrEqual(0);
  const isLarge = [...decomposed.values].filter((value) => value > tolerance * decomposed.largest!);
  expect(isLarge).toHaveLength(7);
});

test('NaN ends', async () => {
  const { values } = await decompose([Number.NaN, 1, 1, 2], 2);
  expect(values).toHaveLength(4);
});

test('the size of the workgroup changes nothing, to the bit', async () => {
  const rank = 20;
  const matrix = referenceGramian(randomNumbers(60 * rank, { seed: 8, scale: 1 }), rank);
  expect(await decompose(matrix, rank, 64)).toEqual(await decompose(matrix, rank, 4));
});
