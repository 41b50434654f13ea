/** Eight-bit codes save work and change nothing: with them and without, lists are the same to the bit, ties too. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ItemSide, TopKOptions } from '../../../../src/backends/backend.ts';
import { createCpuBackend } from '../../../../src/backends/cpu/cpu-backend.ts';
import { randomNumbers } from '../../../support/synthetic.ts';

const coded = createCpuBackend({ compressFrom: 0 });
const plain = createCpuBackend({ compressFrom: Infinity });

function tableOf(rank: number, factors: Float32Array, biases?: Float32Array): ItemSide {
  const rowCount = factors.length / rank;
  return {
    factors: rank,
    rowCount,
    itemFactors: factors,
    biases: biases ?? new Float32Array(rowCount),
    unobservedWeight: 0,
  };
}

async function expectSame(table: ItemSide, queries: Float32Array, options: TopKOptions): Promise<Uint32Array> {
  const [withCodes, without] = [await coded.openItemTable(table), await plain.openItemTable(table)];
  const [left, right] = [await withCodes.topK(queries, options), await without.topK(queries, options)];
  expect(left.topK).toEqual(right.topK);
  withCodes.dispose();
  without.dispose();
  return left.topK.counts;
}

const rowCount = 4099;

/** Catalogues by name: `rank` numbers for each row. */
const catalogues: Record<string, (rank: number) => Float32Array> = {
  'independent numbers': (rank) => randomNumbers(rowCount * rank, { seed: 1 }),
  'norms of a power law': (rank) =>
    randomNumbers(rowCount * rank, { seed: 2 }).map((value, place) => value / (1 + Math.floor(place / rank)) ** 0.7),
  'one number so large that the codes of the others are zero': (rank) =>
    randomNumbers(rowCount * rank, { seed: 3 }).map((value, place) => (place % rank === 0 ? 3000 : value)),
  'all rows equal': (rank) => Float32Array.from({ length: rowCount * rank }, (_, place) => 1 / (1 + (place % rank))),
  'rows in pairs': (rank) => {
    const numbers = randomNumbers(rowCount * rank, { seed: 4 });
    return numbers.map((_, place) => numbers[(Math.floor(place / rank) >> 1) * rank + (place % rank)]!);
  },
  'hardly above zero': (rank) => randomNumbers(rowCount * rank, { seed: 5, scale: 1e-22 }),
  'hardly below infinity': (rank) => randomNumbers(rowCount * rank, { seed: 6, scale: 1e17 }),
  zeros: (rank) => new Float32Array(rowCount * rank),
  'infinities and no numbers here and there': (rank) =>
    randomNumbers(rowCount * rank, { seed: 7 }).map((value, place) =>
      place % 1013 === 0 ? Infinity : place % 1511 === 0 ? Number.NaN : value,
    ),
};

for (const [name, factorsOf] of Object.entries(catalogues)) {
  test.each([1, 8, 20, 64])(`${name}, rank %i`, async (rank) => {
    const factors = factorsOf(rank);
    const biases = randomNumbers(rowCount, { seed: 8 });
    // Two queries go over the codes together: two that have codes, one of two in either place, and one left over.
    const queries = Float32Array.of(
      ...randomNumbers(2 * rank, { seed: 9 }),
      ...factors.subarray(17 * rank, 18 * rank),
      ...new Float32Array(2 * rank),
      ...randomNumbers(2 * rank, { seed: 13 }),
    );
    for (const k of [1, 100, 1000]) {
      await expectSame(tableOf(rank, factors), queries, { k, similarity: 'dot' });
      await expectSame(tableOf(rank, factors, biases), queries, { k, similarity: 'dot' });
      await expectSame(tableOf(rank, factors), queries, { k, similarity: 'cosine' });
    }
  });
}

test('masks: one for all, one a query, all but a few', async () => {
  const factors = randomNumbers(rowCount * 16, { seed: 10 });
  const queries = randomNumbers(3 * 16, { seed: 11 });
  const words = Math.ceil(rowCount / 32);
  const each = Uint32Array.from({ length: 3 * words }, (_, word) => Math.imul(word + 1, 0x9e37_79b1) >>> 0);
  const few = new Uint32Array(words).fill(0xffff_ffff);
  few[words - 1] = ~0b110;
  for (const mask of [each, each.slice(0, words)]) {
    await expectSame(tableOf(16, factors), queries, { k: 50, similarity: 'dot', mask });
  }
  const counts = await expectSame(tableOf(16, factors), queries, { k: 50, similarity: 'dot', mask: few });
  expect([...counts]).toEqual([2, 2, 2]);
});

test('rows that are no numbers are in no list', async () => {
  const factors = randomNumbers(64 * 8, { seed: 12 });
  factors.fill(Number.NaN, 8 * 5, 8 * 7);
  for (const backend of [coded, plain, createCpuBackend({ kernels: 'typescript' })]) {
    const { topK } = await (
      await backend.openItemTable(tableOf(8, factors))
    ).topK(factors.slice(0, 8), {
      k: 64,
      similarity: 'dot',
    });
    expect(topK.counts[0]).toBe(62);
    expect([...topK.rows.subarray(0, 62)].filter((row) => row === 5 || row === 6)).toEqual([]);
  }
});

test('any numbers: the same list', async () => {
  const number = fc.oneof(fc.float({ noNaN: true, min: -1, max: 1 }), fc.integer({ min: -2, max: 2 }), fc.float());
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(number, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 120 }),
      fc.array(number, { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 1, max: 130 }),
      async (rows, query, k) => {
        const table = tableOf(3, Float32Array.from(rows.flat()));
        await expectSame(table, Float32Array.from(query), { k, similarity: 'dot' });
      },
    ),
    { numRuns: 200, seed: 20_250_103 },
  );
});
