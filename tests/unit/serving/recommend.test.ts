import { beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import type { FactorModel } from '../../../src/model/factor-model.ts';
import { historyOf } from '../../../src/model/model-history.ts';
import { modelEquations } from '../../../src/serving/fold-in.ts';
import { EmptyResultError, InvalidOptionError, NoModelError } from '../../../src/errors.ts';
import type { Preference } from '../../../src/history/preferences.ts';
import { rowSystem, solveLinear } from '../../reference/als.ts';
import { scoresOf, topRows } from '../../reference/ranking.ts';
import { engineWith } from '../../support/engine-with.ts';
import { filmWorld, prefer, trainModel } from '../../support/film-world.ts';

/** x of a history by elimination in double precision, and μ + b_u. */
function foldedByHand(model: FactorModel, preferences: readonly Preference[]): { x: Float64Array; constant: number } {
  const { equations, userBiases } = modelEquations([historyOf(preferences, model.items).entries], model);
  const { left, right } = rowSystem(equations, {
    row: 0,
    fixed: model.itemFactors,
    factors: model.factors,
    unobservedWeight: model.settings.unobservedWeight,
  });
  return { x: solveLinear(left, right), constant: model.globalMean + userBiases[0]! };
}

function scoresByHand(model: FactorModel, preferences: readonly Preference[]): number[] {
  const { x, constant } = foldedByHand(model, preferences);
  return scoresOf(x, model.itemSide, 'dot').map((score) => score + constant);
}

// Scores are rounded to float32 once: 6e-8 of values up to 5.
const scoreTolerance = 2e-6;

const variants = [
  { name: 'implicit, α₀', feedback: 'presence', fit: { regularization: 0.01 } },
  { name: 'implicit, alpha', feedback: 'presence', fit: { alpha: 5 } },
  { name: 'explicit', feedback: 'stars', fit: { objective: 'explicit' } },
] as const;

for (const { name, feedback, fit } of variants) {
  describe(name, () => {
    let model: FactorModel;
    let engine: Engine;
    const preferences = [
      prefer('war-0', { stars: 5 }),
      prefer('war-3'),
      prefer('love-1', { strength: -1 }),
      prefer('war-7', { strength: 0 }),
    ];
    beforeAll(async () => {
      model = await trainModel(filmWorld(feedback), fit);
      engine = await engineWith(model);
    });

    test('the list is the reference ranking, history left out, with scores, ranks and matches', async () => {
      const { items, backend, recommendationId } = await engine.recommend(preferences, { count: 8 });
      const scores = scoresByHand(model, preferences);
      const seen = new Set(preferences.map(({ itemId }) => model.items.rowOf(itemId)));
      const wanted = topRows(scores, { k: 8, isMasked: (row) => seen.has(row) });
      expect(items.map(({ itemId }) => itemId)).toEqual(wanted.map((row) => model.items.idOf(row)));
      expect(backend).toBe('cpu');
      expect(recommendationId).toMatch(/^[0-9a-f]{16}$/);
      for (const [place, item] of items.entries()) {
        expect(Math.abs(item.score - scores[wanted[place]!]!)).toBeLessThan(scoreTolerance);
        expect(item.position).toBe(place + 1);
        expect(item.source).toBe('model');
        expect(item.match).toBeCloseTo(Math.min(1, Math.max(0, item.score / (feedback === 'stars' ? 5 : 1))), 12);
      }
    });

    test('contributions and baseline sum to the score, and each what-if is the fold-in without that item', async () => {
      const { items } = await engine.recommend(preferences, { count: 3 });
      for (const { itemId: id, score } of items) {
        const explanation = await engine.explain(preferences, id);
        const sum = explanation.contributions.reduce(
          (total, { contribution }) => total + contribution,
          explanation.baseline,
        );
        expect(Math.abs(sum - explanation.score)).toBeLessThan(1e-12);
        expect(Math.abs(explanation.score - score)).toBeLessThan(1e-5);
        const inUse = preferences.filter(({ strength }) => strength !== 0).map(({ itemId }) => itemId);
        expect(explanation.contributions.map((part) => part.itemId).toSorted()).toEqual(inUse.toSorted());
        for (const { itemId: left, scoreWithout } of explanation.contributions) {
          const rest = preferences.filter(({ itemId }) => itemId !== left);
          const wanted = scoresByHand(model, rest)[model.items.rowOf(id)]!;
          expect(Math.abs(scoreWithout - wanted)).toBeLessThan(scoreTolerance);
        }
        const sizes = explanation.contributions.map(({ contribution }) => Math.abs(contribution));
        expect(sizes).toEqual(sizes.toSorted((left, right) => right - left));
      }
    });

    test('reasons are the largest contributions that speak for the item, whichever way they were solved', async () => {
      // One item asks for fewer solves by item, forty for fewer by history entry: both must tell the same.
      const all = await engine.recommend(preferences, { count: 40, reasons: 10 });
      for (const { itemId, reasons } of all.items.slice(0, 5)) {
        const { contributions } = await engine.explain(preferences, itemId);
        const wanted = contributions.filter(({ contribution }) => contribution > 0);
        expect(reasons.map((reason) => reason.itemId)).toEqual(wanted.map((reason) => reason.itemId));
        for (const [place, { contribution }] of reasons.entries()) {
          expect(contribution).toBeCloseTo(wanted[place]!.contribution, 10);
        }
      }
      const single = await engine.recommend(preferences, { count: 1, reasons: 1 });
      expect(single.items[0]!.reasons).toEqual(
        all.items[0]!.reasons.slice(0, 1).map((reason) => ({
          itemId: reason.itemId,
          contribution: expect.closeTo(reason.contribution, 10),
        })),
      );
      const none = await engine.recommend(preferences, { reasons: 0 });
      expect(none.items.every(({ reasons }) => reasons.length === 0)).toBe(true);
    });

    test('ignoreHistory: as if it had never been said, and still not in the list', async () => {
      const result = await engine.recommend(preferences, { ignoreHistory: ['war-0'], count: 40 });
      expect(result.items.map(({ itemId }) => itemId)).not.toContain('war-0');
      const scores = scoresByHand(
        model,
        preferences.filter(({ itemId }) => itemId !== 'war-0'),
      );
      expect(Math.abs(result.items[0]!.score - scores[model.items.rowOf(result.items[0]!.itemId)]!)).toBeLessThan(
        scoreTolerance,
      );
      expect(result.items.flatMap(({ reasons }) => reasons.map(({ itemId }) => itemId))).not.toContain('war-0');
    });
  });
}

describe('taste', () => {
  let engine: Engine;
  beforeAll(async () => {
    // Two tastes need no more than two factors; more would learn single users by heart.
    engine = await engineWith(await trainModel(filmWorld(), { factors: 2 }));
  });

  test('who likes war films gets war films, because of war films', async () => {
    const { items } = await engine.recommend([prefer('war-2'), prefer('war-5')], { count: 6 });
    expect(items.every(({ itemId }) => itemId.startsWith('war'))).toBe(true);
    expect(items[0]!.reasons[0]!.itemId).toMatch(/^war/);
  });

  test('a dislike lowers what is like it', async () => {
    const scoreOf = async (preferences: Preference[]): Promise<number> => {
      const { items } = await engine.recommend(preferences, { count: 40 });
      return items.find(({ itemId }) => itemId === 'war-4')!.score;
    };
    const before = await scoreOf([prefer('war-2'), prefer('love-5')]);
    const after = await scoreOf([prefer('war-2'), prefer('love-5'), prefer('war-1', { strength: -1 })]);
    expect(after).toBeLessThan(before);
  });

  test('similar items: cosine, itself 1 where it is asked for', async () => {
    const similar = await engine.similarItems('love-3', { count: 5 });
    expect(similar.every(({ itemId }) => itemId.startsWith('love') && itemId !== 'love-3')).toBe(true);
    const [self] = await engine.similarItems('love-3', { count: 1, includeSelf: true });
    expect(self!.itemId).toBe('love-3');
    expect(Math.abs(self!.similarity - 1)).toBeLessThan(1e-6);
    const excluded = await engine.similarItems('love-3', { count: 5, exclude: [similar[0]!.itemId] });
    expect(excluded[0]!.itemId).toBe(similar[1]!.itemId);
    expect((await engine.similarItems('love-3', { count: 500 })).length).toBe(39);
    const pair = ['love-3', 'war-3'];
    const between = await engine.similarItems(pair, { count: 500 });
    expect(between.length).toBe(38);
    expect(between.some(({ itemId }) => pair.includes(itemId))).toBe(false);
  });

  test('starter items: well known, of both tastes, none twice, the same each time', async () => {
    const starters = await engine.starterItems({ count: 8, candidates: 20 });
    expect(new Set(starters).size).toBe(8);
    expect(starters.filter((id) => id.startsWith('war')).length).toBeGreaterThanOrEqual(2);
    expect(starters.filter((id) => id.startsWith('love')).length).toBeGreaterThanOrEqual(2);
    const counts = (await engine.model())!.itemCounts;
    const { items } = (await engine.model())!;
    const best = counts.toSorted((left, right) => right - left);
    expect(counts[items.rowOf(starters[0]!)]).toBe(best[0]);
    for (const id of starters) expect(counts[items.rowOf(id)]).toBeGreaterThanOrEqual(best[19]!);
    expect(await engine.starterItems({ count: 8, candidates: 20 })).toEqual(starters);
    expect(await engine.starterItems({ count: 3, candidates: 20 })).toEqual(starters.slice(0, 3));
    expect((await engine.starterItems({ count: 100 })).length).toBe(40);
    await expect(engine.starterItems({ count: 0 })).rejects.toThrow(InvalidOptionError);
    await expect(engine.starterItems({ candidates: 0 })).rejects.toThrow(InvalidOptionError);
  });

  test('fold-in: the order of the history does not matter, an item said twice counts by its last word', async () => {
    const once = await engine.foldIn([prefer('war-2'), prefer('war-5', { strength: -1 })]);
    expect(await engine.foldIn([prefer('war-5', { strength: -1 }), prefer('war-2')])).toEqual(once);
    expect(await engine.foldIn([prefer('war-2'), prefer('war-5'), prefer('war-5', { strength: -1 })])).toEqual(once);
    expect([...(await engine.foldIn([]))]).toEqual([0, 0]);
  });

  test('the same request has the same id and list; another one another id', async () => {
    const first = await engine.recommend([prefer('war-2')]);
    const second = await engine.recommend([prefer('war-2')]);
    expect(second.recommendationId).toBe(first.recommendationId);
    expect(second.items).toEqual(first.items);
    const ids = new Set([
      first.recommendationId,
      (await engine.recommend([prefer('war-3')])).recommendationId,
      (await engine.recommend([prefer('war-2', { strength: 0.5 })])).recommendationId,
      (await engine.recommend([prefer('war-2')], { count: 9 })).recommendationId,
      (await engine.recommend([prefer('war-2')], { exclude: ['love-19'] })).recommendationId,
      (await engine.recommend([prefer('war-2')], { reasons: 1 })).recommendationId,
    ]);
    expect(ids.size).toBe(6);
  });
});

describe('little or nothing to go by', () => {
  test('no history, or one that only dislikes: the most chosen items, and they say so', async () => {
    const model = await trainModel(filmWorld());
    const engine = await engineWith(model);
    const byCount = topRows(model.itemCounts, { k: 10 }).map((row) => model.items.idOf(row));
    for (const history of [
      [],
      [prefer('not known')],
      [prefer('love-19', { strength: -1 })],
      [prefer('love-19', { strength: 0 })],
    ]) {
      const { items } = await engine.recommend(history);
      expect(items.map(({ itemId }) => itemId)).toEqual(byCount);
      expect(items.every(({ source, reasons }) => source === 'popular' && reasons.length === 0)).toBe(true);
      expect(items[0]!.score).toBe(Math.max(...model.itemCounts) / 60);
    }
    const masked = await engine.recommend([prefer(byCount[0]!, { strength: -1 })]);
    expect(masked.items[0]!.itemId).toBe(byCount[1]);
  });

  test('explicit: popular items have μ + b_i stars', async () => {
    const model = await trainModel(filmWorld('stars'), { objective: 'explicit' });
    const { items } = await (await engineWith(model)).recommend([]);
    const row = model.items.rowOf(items[0]!.itemId);
    expect(items[0]!.score).toBeCloseTo(model.globalMean + model.itemBiases[row]!, 12);
    expect(items[0]!.match).toBeCloseTo(items[0]!.score / 5, 12);
  });

  test('a history of one: its one contribution is the score, without it nothing is left', async () => {
    const engine = await engineWith(await trainModel(filmWorld()));
    const { items } = await engine.recommend([prefer('war-0')]);
    expect(items[0]!.source).toBe('model');
    const explanation = await engine.explain([prefer('war-0')], items[0]!.itemId);
    expect(explanation.contributions).toEqual([
      { itemId: 'war-0', contribution: expect.closeTo(explanation.score, 12), scoreWithout: 0 },
    ]);
    expect(Math.abs(items[0]!.score - explanation.score)).toBeLessThan(1e-5);
  });

  test('explaining without a history, and an item without training data, are errors that say so', async () => {
    const world = filmWorld();
    const model = await trainModel({ ...world, itemIds: [...world.itemIds, 'new'] });
    const engine = await engineWith(model);
    await expect(engine.explain([], 'war-0')).rejects.toThrow(EmptyResultError);
    await expect(engine.explain([prefer('elsewhere')], 'war-0')).rejects.toThrow(/history has no item of this model/);
    await expect(engine.similarItems('new')).rejects.toThrow(/had no training data/);
  });

  test('a long history is explained in batches, each what-if exact', async () => {
    const model = await trainModel(
      { itemIds: Array.from({ length: 300 }, (_, row) => `i${row}`), userCount: 20, ...manyInteractions() },
      { factors: 4, epochs: 2 },
    );
    const engine = await engineWith(model);
    const history = Array.from({ length: 280 }, (_, row) => prefer(`i${row}`));
    const { contributions, score } = await engine.explain(history, 'i290');
    expect(contributions.length).toBe(280);
    for (const id of ['i0', 'i255', 'i256', 'i279']) {
      const wanted = scoresByHand(
        model,
        history.filter(({ itemId }) => itemId !== id),
      )[290]!;
      expect(Math.abs(contributions.find((entry) => entry.itemId === id)!.scoreWithout - wanted)).toBeLessThan(
        scoreTolerance,
      );
    }
    expect(Math.abs(contributions.reduce((sum, { contribution }) => sum + contribution, 0) - score)).toBeLessThan(
      1e-10,
    );
  });
});

function manyInteractions(): { users: Uint32Array; items: Uint32Array; values: Float32Array } {
  const users: number[] = [];
  const items: number[] = [];
  for (let user = 0; user < 20; user++) {
    for (let item = user % 3; item < 300; item += 3 + (user % 4)) {
      users.push(user);
      items.push(item);
    }
  }
  return {
    users: Uint32Array.from(users),
    items: Uint32Array.from(items),
    values: new Float32Array(users.length).fill(1),
  };
}

test('without a model every request is an error that says what to do', async () => {
  const engine = new Engine({ backend: 'cpu' });
  await expect(engine.recommend([])).rejects.toThrow(NoModelError);
  await expect(engine.similarItems('a')).rejects.toThrow(/call load .* or fit/);
  await expect(engine.foldIn([])).rejects.toThrow(NoModelError);
  await expect(engine.explain([], 'a')).rejects.toThrow(NoModelError);
  await expect(engine.save()).rejects.toThrow(NoModelError);
  await expect(engine.compareBackends([])).rejects.toThrow(NoModelError);
  await expect(engine.starterItems()).rejects.toThrow(NoModelError);
});
