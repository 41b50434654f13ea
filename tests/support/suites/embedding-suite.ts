import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../../src/backends/backend.ts';
import type { EmbeddingLookups, EmbeddingRows } from '../../../src/backends/embedding-table.ts';
import { DisposedError } from '../../../src/errors.ts';
import { referenceEmbeddingBag, referenceGather } from '../../reference/embedding.ts';
import { randomNumbers } from '../synthetic.ts';

/** Look-ups in some rows, and how to free them. */
interface OpenLookups {
  readonly lookups: EmbeddingLookups;
  dispose(): void;
}

/** The two places where a back end holds rows to be looked up. */
const places: Record<string, (backend: Backend, rows: EmbeddingRows) => Promise<OpenLookups>> = {
  'an embedding table': async (backend, rows) => {
    const lookups = await backend.openEmbeddingTable(rows);
    return { lookups, dispose: () => lookups.dispose() };
  },
  'the items of an item table': async (backend, { factors, rowCount, rows }) => {
    const biases = new Float32Array(rowCount);
    const table = await backend.openItemTable({ factors, rowCount, itemFactors: rows, biases, unobservedWeight: 0 });
    return { lookups: table.embeddings, dispose: () => table.dispose() };
  },
};

/** `EmbeddingLookups`, wherever a back end has them. */
export function embeddingSuite(name: string, openBackend: () => Promise<Backend>): void {
  /** Not a multiple of 4, so that padding shows. */
  const factors = 6;
  const rowsOf = (rowCount: number): EmbeddingRows => ({
    factors,
    rowCount,
    rows: randomNumbers(rowCount * factors, { seed: rowCount + 1 }),
  });

  describe.each(Object.entries(places))(`${name}: look-ups in %s`, (_, openRows) => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await openBackend();
    });
    afterAll(() => backend.dispose());

    const open = async <Result>(
      rows: EmbeddingRows,
      work: (lookups: EmbeddingLookups, opened: OpenLookups) => Promise<Result>,
    ): Promise<Result> => {
      const opened = await openRows(backend, rows);
      try {
        return await work(opened.lookups, opened);
      } finally {
        opened.dispose();
      }
    };

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
      const found = await open(table, (embedding) => embedding.bag(bags));
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
        expect([...(await embedding.bag({ ...bags, mode: 'sum' }))]).toEqual([13, 130, 0, 0, 1, 10, 1, 10]);
        expect([...(await embedding.bag({ ...bags, mode: 'mean' }))]).toEqual([3.25, 32.5, 0, 0, 0, 0, 2, 20]);
      });
    });

    test('no rows and no bags', async () => {
      await open(rowsOf(10), async (embedding) => {
        const none = new Uint32Array(0);
        expect(await embedding.gather(none)).toHaveLength(0);
        const bags = { offsets: Uint32Array.of(0), rows: none, weights: new Float32Array(0), mode: 'mean' } as const;
        expect(await embedding.bag(bags)).toHaveLength(0);
        expect(await embedding.bag({ ...bags, offsets: none })).toHaveLength(0);
      });
    });

    test('a row outside the table is refused by its number', async () => {
      await open(rowsOf(50), async (embedding) => {
        const rows = Uint32Array.of(3, 50);
        await expect(embedding.gather(rows)).rejects.toThrow(/row 50 is outside the 50 rows/);
        const bags = { offsets: Uint32Array.of(0, 2), rows, weights: Float32Array.of(1, 1), mode: 'sum' } as const;
        await expect(embedding.bag(bags)).rejects.toThrow(/row 50 is outside the 50 rows/);
      });
    });

    test('disposed of twice it is quiet, and used afterwards is an error by name', async () => {
      await open(rowsOf(5), async (embedding, opened) => {
        opened.dispose();
        opened.dispose();
        await expect(embedding.gather(Uint32Array.of(1))).rejects.toThrow(DisposedError);
        const bags = { offsets: Uint32Array.of(0, 1), rows: Uint32Array.of(1), weights: Float32Array.of(1) };
        await expect(embedding.bag({ ...bags, mode: 'sum' })).rejects.toThrow(DisposedError);
      });
    });
  });
}
