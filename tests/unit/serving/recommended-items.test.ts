import { expect, test } from 'vitest';
import type { FactorModel } from '../../../src/model/factor-model.ts';
import type { Candidates } from '../../../src/serving/candidates.ts';
import { recommendedItems } from '../../../src/serving/recommended-items.ts';
import { filmWorld, trainModel } from '../../support/film-world.ts';

const timings = { foldInMs: null, scoreMs: null, topKMs: 1, totalMs: 1 };
const candidates: Candidates = {
  rows: Uint32Array.of(7, 2, 30),
  scores: Float64Array.of(4, 1.25, -0.5),
  visitor: null,
  timings,
};
const visitor = {
  equations: {
    rowCount: 1,
    columnCount: 40,
    rowOffsets: Uint32Array.of(0, 0),
    columns: new Uint32Array(0),
    a: new Float32Array(0),
    b: new Float32Array(0),
    regularization: new Float32Array(1),
  },
  factors: new Float32Array(2),
};

test('candidates in the order given, positions from 1, each with its own score and reasons', async () => {
  const model = await trainModel(filmWorld(), { factors: 2, epochs: 1 });
  const reasons = [[], [{ itemId: 'war-1', contribution: 0.5 }]];
  expect(recommendedItems({ candidates: { ...candidates, visitor }, order: [2, 1] }, { model, reasons })).toEqual([
    { itemId: 'love-10', score: -0.5, match: 0, position: 1, source: 'model', reasons: [] },
    { itemId: 'war-2', score: 1.25, match: 1, position: 2, source: 'model', reasons: reasons[1] },
  ]);
});

test('without a visitor the source is popular', async () => {
  const model = await trainModel(filmWorld(), { factors: 2, epochs: 1 });
  const [item] = recommendedItems({ candidates, order: [0] }, { model, reasons: [[]] });
  expect(item).toMatchObject({ itemId: 'war-7', source: 'popular' });
});

test('the match is a share of 1, or of five stars', async () => {
  const model = await trainModel(filmWorld(), { factors: 2, epochs: 1 });
  const explicit = await trainModel(filmWorld('stars'), { objective: 'explicit', factors: 2, epochs: 1 });
  const reasons = [[], [], []];
  const matches = (of: FactorModel) =>
    recommendedItems({ candidates, order: [0, 1, 2] }, { model: of, reasons }).map(({ match }) => match);
  expect(matches(model)).toEqual([1, 1, 0]);
  expect(matches(explicit)).toEqual([0.8, 0.25, 0]);
});
