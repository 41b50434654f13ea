import { beforeAll, expect, test } from 'vitest';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import type { FactorModel } from '../../../src/model/factor-model.ts';
import { historyOf } from '../../../src/model/model-history.ts';
import { explain } from '../../../src/serving/explain.ts';
import { modelEquations } from '../../../src/serving/fold-in.ts';
import { reasonsFor } from '../../../src/serving/reasons.ts';
import { filmWorld, prefer, trainModel } from '../../support/film-world.ts';

let model: FactorModel;
beforeAll(async () => {
  model = await trainModel(filmWorld(), { factors: 4, epochs: 3 });
});

const preferences = [prefer('war-0'), prefer('love-5'), prefer('war-3'), prefer('war-7', { strength: -1 })];

test('the strongest contributions of each item, most first, and only those that speak for it', async () => {
  const history = historyOf(preferences, model.items);
  const { equations } = modelEquations([history.entries], model);
  const rows = ['war-1', 'love-2'].map((itemId) => model.items.rowOf(itemId));
  const table = await createCpuBackend().openItemTable(model.itemSide);
  const found = await reasonsFor(rows, { model, table, equations, count: 2 });
  for (const [place, row] of rows.entries()) {
    const { contributions } = await explain({ model, table }, history, model.items.idOf(row));
    const wanted = contributions.filter(({ contribution }) => contribution > 0).slice(0, 2);
    expect(wanted.length).toBeGreaterThan(0);
    // Two items or one in a batch: the same to double rounding.
    expect(found[place]).toEqual(
      wanted.map(({ itemId, contribution }) => ({ itemId, contribution: expect.closeTo(contribution, 10) })),
    );
  }
  expect(await reasonsFor(rows, { model, table, equations, count: 0 })).toEqual([[], []]);
  expect(await reasonsFor([], { model, table, equations, count: 2 })).toEqual([]);
});
