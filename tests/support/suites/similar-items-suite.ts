import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend, ItemTable } from '../../../src/backends/backend.ts';
import { EmptyResultError, InvalidOptionError, UnknownItemError } from '../../../src/errors.ts';
import type { FactorModel } from '../../../src/model/factor-model.ts';
import { type SimilarItem, similarItems } from '../../../src/serving/similar-items.ts';
import { scoresOf, topRows } from '../../reference/ranking.ts';
import { filmWorld, trainModel } from '../film-world.ts';

export interface SimilarItemsSuiteOptions {
  /** Allowed difference of a cosine from the double-precision one. */
  readonly tolerance: number;
}

/** `similarItems` on one back end, for one item and for several. */
export function similarItemsSuite(
  name: string,
  open: () => Promise<Backend>,
  { tolerance }: SimilarItemsSuiteOptions,
): void {
  describe(`${name}, similar items`, () => {
    let backend: Backend;
    let model: FactorModel;
    let table: ItemTable;
    beforeAll(async () => {
      backend = await open();
      const world = filmWorld();
      // Two films without training data at the end.
      model = await trainModel({ ...world, itemIds: [...world.itemIds, 'new', 'newer'] }, { factors: 6, epochs: 3 });
      table = await backend.openItemTable(model.itemSide);
    });
    afterAll(() => {
      table.dispose();
      backend.dispose();
    });

    const rowOf = (id: string): Float32Array => {
      const row = model.items.rowOf(id);
      return model.itemFactors.subarray(row * model.factors, (row + 1) * model.factors);
    };
    /** In double precision: the mean of the rows at length 1, and the cosine of every item with it. */
    const expectSimilar = (
      found: readonly SimilarItem[],
      ids: readonly string[],
      isMasked: (id: string) => boolean,
    ) => {
      const mean = new Float64Array(model.factors);
      for (const id of ids) {
        const length = Math.hypot(...rowOf(id));
        for (const [i, value] of rowOf(id).entries()) mean[i]! += value / length / ids.length;
      }
      const cosines = scoresOf(mean, model.itemSide, 'cosine');
      const wanted = topRows(cosines, { k: found.length, isMasked: (row) => isMasked(model.items.idOf(row)) });
      expect(found.map(({ itemId }) => itemId)).toEqual(wanted.map((row) => model.items.idOf(row)));
      for (const [place, { similarity }] of found.entries()) {
        expect(Math.abs(similarity - cosines[wanted[place]!]!)).toBeLessThan(tolerance);
      }
    };

    test.each([[['love-3']], [['love-3', 'love-19', 'war-1']], [['war-0', 'war-0', 'love-2']]])(
      'like %j: the cosine with the mean of their directions, themselves left out',
      async (ids) => {
        const found = await similarItems({ model, table }, ids, { count: 12 });
        expect(found.length).toBe(12);
        expectSimilar(found, ids, (id) => ids.includes(id));
        expectSimilar(await similarItems({ model, table }, ids, { count: 12, includeSelf: true }), ids, () => false);
      },
    );

    test('one item, by itself or in an array, is its own row to the bit', async () => {
      const alone = await similarItems({ model, table }, 'war-5', { count: 7 });
      expect(await similarItems({ model, table }, ['war-5'], { count: 7 })).toEqual(alone);
      const mask = new Uint32Array(Math.ceil(model.itemCount / 32));
      const row = model.items.rowOf('war-5');
      mask[row >>> 5]! |= 1 << (row & 31);
      const { topK } = await table.topK(rowOf('war-5'), { k: 7, similarity: 'cosine', mask });
      expect(alone.map(({ itemId }) => model.items.rowOf(itemId))).toEqual([...topK.rows]);
      expect(alone.map(({ similarity }) => similarity)).toEqual([...topK.scores]);
    });

    test('long and short rows count alike, and an item without training data says nothing', async () => {
      const lengthOf = (id: string): number => Math.hypot(...rowOf(id));
      const trained = filmWorld().itemIds.toSorted((left, right) => lengthOf(left) - lengthOf(right));
      const pair = [trained[0]!, trained.at(-1)!];
      // Or else the test could not tell a mean of rows from a mean of directions.
      expect(lengthOf(pair[1]!)).toBeGreaterThan(1.2 * lengthOf(pair[0]!));
      expectSimilar(await similarItems({ model, table }, pair, { count: 38 }), pair, (id) => pair.includes(id));
      const exclude = ['new', 'newer'];
      const withNew = await similarItems({ model, table }, ['new', ...pair], { exclude });
      expect(withNew).toEqual(await similarItems({ model, table }, pair, { exclude }));
    });

    test('nothing to go by, and ids that are not there', async () => {
      await expect(similarItems({ model, table }, [])).rejects.toThrow(InvalidOptionError);
      await expect(similarItems({ model, table }, [])).rejects.toThrow(/got an empty array/);
      await expect(similarItems({ model, table }, 'new')).rejects.toThrow(/"new" had no training data/);
      const none = similarItems({ model, table }, ['new', 'newer']);
      await expect(none).rejects.toThrow(EmptyResultError);
      await expect(none).rejects.toThrow(/"new", "newer" together: they had no training data/);
      const unknown = similarItems({ model, table }, ['war-0', 'jaws']);
      await expect(unknown).rejects.toThrow(UnknownItemError);
      await expect(unknown).rejects.toThrow(/"jaws"/);
    });
  });
}
