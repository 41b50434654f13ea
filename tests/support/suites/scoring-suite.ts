import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend, ItemSide } from '../../../src/backends/backend.ts';
import { DisposedError } from '../../../src/errors.ts';
import { scoresOf, topRows } from '../../reference/ranking.ts';
import { everyScore } from '../every-score.ts';
import { expectNear } from '../expect-near.ts';
import { randomNumbers } from '../synthetic.ts';

/**
 * Scores and lists of an item table, promise by promise.
 *
 * @param options `tolerance`: allowed absolute difference of a score from the double-precision reference
 */
export function scoringSuite(
  name: string,
  open: () => Promise<Backend>,
  { tolerance }: { readonly tolerance: number },
): void {
  const near = (actual: ArrayLike<number>, wanted: ArrayLike<number>): void => expectNear(actual, wanted, tolerance);

  describe(`${name} scoring`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => {
      backend.dispose();
    });

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
}
