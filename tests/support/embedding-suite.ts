import { describe, expect, test } from 'vitest';
import type { EmbeddingRows, EmbeddingTable } from '../../src/backends/embedding-table.ts';
import { DisposedError } from '../../src/errors.ts';
import { referenceEmbeddingBag, referenceGather } from '../reference/embedding.ts';
import { randomNumbers } from './synthetic.ts';

/** What every embedding table must do; `open` runs `work` on a table made from `rows`. */
export function embeddingSuite(
  name: string,
  open: <Result>(rows: EmbeddingRows, work: (table: EmbeddingTable) => Promise<Result>) => Promise<Result>,
): void {
  /** Not a multiple of 4, so that padding shows. */
  const factors = 6;
  const rowsOf = (rowCount: number): EmbeddingRows => ({
    factors,
    rowCount,
    rows: randomNumbers(rowCount * factors, { seed: rowCount + 1 }),
  });

  describe(`${name} embedding table`, () => {
    test('gather: the given rows in the given order, with repeats', async () => {
      const table = rowsOf(90);
      await open(table, async (embedding) => {
        const rows = Uint32Array.of(89, 0, 5, 5, 17);
        expect([...(await embedding.gather(rows))]).toEqual(referenceGather(table.rows, factors, rows));
      });
    });

    test.each(['sum', 'mean'] as const)('bags equal the reference: %s', async (mode) => {
      const table = rowsOf(90);
      const bags = {
        offsets: Uint32Array.of(0, 0, 4, 5),
        rows: Uint32Array.of(89, 0, 5, 5, 17),
        weights: Float32Array.of(1, 2, -0.5, 3, 0.1),
        mode,
      };
      const expected = referenceEmbeddingBag(table.rows, factors, bags);
      const found = await open(table, (embedding) => embedding.embeddingBag(bags));
      expect(found).toHaveLength(expected.length);
      // Four products below 3, in float32.
      for (const [place, value] of expected.entries()) expect(found[place]).toBeCloseTo(value, 5);
    });

    test('weighted sum and mean by hand: empty bags, weights that cancel', async () => {
      const table = { factors: 2, rowCount: 3, rows: Float32Array.of(1, 10, 2, 20, 4, 40) };
      const bags = {
        offsets: Uint32Array.of(0, 2, 2, 4, 5),
        rows: Uint32Array.of(0, 2, 1, 0, 1),
        weights: Float32Array.of(1, 3, 1, -1, 0.5),
      };
      await open(table, async (embedding) => {
        // Small whole numbers and halves: float32 holds every step exactly.
        expect([...(await embedding.embeddingBag({ ...bags, mode: 'sum' }))]).toEqual([13, 130, 0, 0, 1, 10, 1, 10]);
        expect([...(await embedding.embeddingBag({ ...bags, mode: 'mean' }))]).toEqual([3.25, 32.5, 0, 0, 0, 0, 2, 20]);
      });
    });

    test('no rows and no bags', async () => {
      await open(rowsOf(10), async (embedding) => {
        const none = new Uint32Array(0);
        expect(await embedding.gather(none)).toHaveLength(0);
        const bags = { offsets: Uint32Array.of(0), rows: none, weights: new Float32Array(0), mode: 'mean' } as const;
        expect(await embedding.embeddingBag(bags)).toHaveLength(0);
        expect(await embedding.embeddingBag({ ...bags, offsets: none })).toHaveLength(0);
      });
    });

    test('a row outside the table is refused by its number', async () => {
      await open(rowsOf(50), async (embedding) => {
        const rows = Uint32Array.of(3, 50);
        await expect(embedding.gather(rows)).rejects.toThrow(/row 50 is outside the 50 rows/);
        const bags = { offsets: Uint32Array.of(0, 2), rows, weights: Float32Array.of(1, 1), mode: 'sum' } as const;
        await expect(embedding.embeddingBag(bags)).rejects.toThrow(/row 50 is outside the 50 rows/);
      });
    });

    test('disposed of twice it is quiet, and used afterwards is an error by name', async () => {
      await open(rowsOf(5), async (embedding) => {
        embedding.dispose();
        embedding.dispose();
        await expect(embedding.gather(Uint32Array.of(1))).rejects.toThrow(DisposedError);
        const bags = { offsets: Uint32Array.of(0, 1), rows: Uint32Array.of(1), weights: Float32Array.of(1) };
        await expect(embedding.embeddingBag({ ...bags, mode: 'sum' })).rejects.toThrow(DisposedError);
      });
    });
  });
}
