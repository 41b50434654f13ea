import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ItemTable } from '../../../src/backends/backend.ts';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { emptyMask, isMasked, setBit } from '../../../src/backends/item-mask.ts';
import type { Preference } from '../../../src/history/preferences.ts';
import type { FactorModel } from '../../../src/model/factor-model.ts';
import { historyOf } from '../../../src/model/model-history.ts';
import { type Candidates, findCandidates } from '../../../src/serving/candidates.ts';
import { scoresOf, topRows } from '../../reference/ranking.ts';
import { filmWorld, prefer, trainModel } from '../../support/film-world.ts';

describe.each([
  ['implicit', 'presence'],
  ['explicit', 'stars'],
] as const)('%s', (objective, feedback) => {
  let model: FactorModel;
  let table: ItemTable;
  beforeAll(async () => {
    model = await trainModel(filmWorld(feedback), { objective, factors: 4, epochs: 3 });
    table = await createCpuBackend().openItemTable(model.itemSide);
  });
  afterAll(() => table.dispose());

  const mask = emptyMask(40);
  for (const row of [0, 3, 31, 32, 39]) setBit(mask, row);

  function find(preferences: readonly Preference[], candidateCount: number): Promise<Candidates> {
    const history = historyOf(preferences, model.items);
    return findCandidates({ model, history, mask, candidateCount }, table);
  }

  test('the exact top under the mask, with the scores of the visitor’s own factors', async () => {
    const { rows, scores, visitor } = await find([prefer('war-0', { stars: 5 }), prefer('love-3', { stars: 2 })], 12);
    expect(visitor!.factors.length).toBe(4);
    expect([...visitor!.equations.columns]).toEqual([0, 23]);
    const dots = scoresOf(visitor!.factors, model.itemSide, 'dot');
    expect([...rows]).toEqual(topRows(dots, { k: 12, isMasked: (row) => isMasked(mask, row) }));
    // The score is the dot product and a constant of the visitor; scores are rounded to float32 once.
    const constant = scores[0]! - dots[rows[0]!]!;
    expect(Math.abs(constant) > 0.1).toBe(objective === 'explicit');
    for (const [place, row] of rows.entries()) {
      expect(Math.abs(scores[place]! - dots[row]! - constant)).toBeLessThan(2e-6);
    }
  });

  test('fewer where the mask leaves fewer', async () => {
    expect((await find([prefer('war-0', { stars: 5 })], 40)).rows.length).toBe(35);
    expect((await find([], 40)).rows.length).toBe(35);
  });

  test('nothing known of the visitor: the most chosen items under the mask', async () => {
    const { rows, scores, visitor } = await find([], 12);
    expect(visitor).toBeNull();
    expect([...rows]).toEqual(topRows(model.itemCounts, { k: 12, isMasked: (row) => isMasked(mask, row) }));
    for (const [place, row] of rows.entries()) {
      const wanted =
        objective === 'explicit' ? model.globalMean + model.itemBiases[row]! : model.itemCounts[row]! / model.userCount;
      expect(scores[place]).toBe(wanted);
    }
  });
});
