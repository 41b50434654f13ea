import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { EmptyResultError, InvalidDataError, InvalidOptionError, UnknownItemError } from '../../../src/errors.ts';
import { engineWith } from '../../support/engine-with.ts';
import { filmWorld, prefer, trainModel } from '../../support/film-world.ts';

describe('filters', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await engineWith(await trainModel(filmWorld()));
  });
  const idsOf = async (...request: Parameters<Engine['recommend']>): Promise<string[]> =>
    (await engine.recommend(...request)).items.map(({ itemId }) => itemId);

  test('count: ten by default, clamped to what the filters leave', async () => {
    const history = [prefer('war-0')];
    expect((await idsOf(history)).length).toBe(10);
    expect((await idsOf(history, { count: 1000 })).length).toBe(39);
    expect((await idsOf(history, { count: 1000, filterSeen: false })).length).toBe(40);
  });

  test('filterSeen, exclude and only change the list', async () => {
    const history = [prefer('war-0'), prefer('war-1')];
    expect(await idsOf(history, { filterSeen: false, count: 40 })).toContain('war-0');
    const plain = await idsOf(history);
    const excluded = await idsOf(history, { exclude: [plain[0]!, plain[2]!] });
    expect(excluded.slice(0, 8)).toEqual(plain.filter((_, place) => place !== 0 && place !== 2));
    const only = ['love-9', 'war-9', 'war-0'];
    expect(await idsOf(history, { only })).toEqual(['war-9', 'love-9']);
  });

  test('a filter that leaves nothing is named, with counts', async () => {
    const history = [prefer('war-0'), prefer('war-1')];
    await expect(engine.recommend(history, { only: [] })).rejects.toThrow(EmptyResultError);
    await expect(engine.recommend(history, { only: [] })).rejects.toThrow(
      /No item is left of 40: only allows 0, filterSeen leaves out 2/,
    );
    await expect(engine.recommend(history, { only: ['war-0', 'love-0'], exclude: ['love-0'] })).rejects.toThrow(
      /only allows 2, filterSeen leaves out 2, exclude leaves out 1/,
    );
    await expect(engine.recommend([], { exclude: filmWorld().itemIds })).rejects.toThrow(/exclude leaves out 40/);
    await expect(
      engine.similarItems('war-0', { exclude: filmWorld().itemIds.filter((id) => id !== 'war-0') }),
    ).rejects.toThrow(/exclude leaves out 39/);
  });

  test('unknown ids: an error in an option, left out in the history', async () => {
    await expect(engine.recommend([], { exclude: ['jaws'] })).rejects.toThrow(/exclude names "jaws"/);
    await expect(engine.recommend([], { only: ['jaws'] })).rejects.toThrow(UnknownItemError);
    await expect(engine.recommend([], { ignoreHistory: ['jaws'] })).rejects.toThrow(/ignoreHistory names "jaws"/);
    await expect(engine.similarItems('jaws')).rejects.toThrow(/"jaws"/);
    await expect(engine.similarItems(['war-0', 'jaws'])).rejects.toThrow(/"jaws"/);
    await expect(engine.explain([prefer('war-0')], 'jaws')).rejects.toThrow(UnknownItemError);
    const why = { ignoreHistory: ['jaws'] };
    await expect(engine.explain([prefer('war-0')], 'war-1', why)).rejects.toThrow(/ignoreHistory names "jaws"/);
    const ahead = [prefer('jaws'), prefer('war-0')];
    expect((await engine.explain(ahead, 'war-1', why)).contributions.map(({ itemId }) => itemId)).toEqual(['war-0']);
    const without = await engine.explain([prefer('love-3'), ...ahead], 'war-1', { ignoreHistory: ['love-3'] });
    expect(without).toEqual(await engine.explain(ahead, 'war-1'));
    expect(await idsOf(ahead)).toEqual(await idsOf([prefer('war-0')]));
    expect(await idsOf(ahead, { ignoreHistory: ['jaws'] })).toEqual(await idsOf([prefer('war-0')]));
  });

  test('options of another kind than they take', async () => {
    for (const option of ['exclude', 'only', 'ignoreHistory']) {
      const asked = engine.recommend([], { [option]: 'war-0' });
      await expect(asked).rejects.toThrow(InvalidOptionError);
      await expect(asked).rejects.toThrow(`${option} must be an array of item ids, got "war-0"`);
    }
    await expect(engine.recommend([], { filterSeen: 'no' as never })).rejects.toThrow(
      /filterSeen must be true or false/,
    );
    await expect(engine.explain([], 'war-0', { ignoreHistory: 'war-0' as never })).rejects.toThrow(InvalidOptionError);
    await expect(engine.similarItems(null as never)).rejects.toThrow(/the id of an item, or of several, got null/);
  });

  test('options out of range', async () => {
    for (const count of [0, -1, 1.5, Number.NaN]) {
      await expect(engine.recommend([], { count })).rejects.toThrow(/count must be an integer from 1/);
      await expect(engine.similarItems('war-0', { count })).rejects.toThrow(InvalidOptionError);
    }
    await expect(engine.recommend([], { reasons: -1 })).rejects.toThrow(/reasons must be an integer from 0/);
  });

  test('preferences out of range name their item', async () => {
    for (const strength of [Number.NaN, 1.5, -2]) {
      await expect(engine.recommend([prefer('war-0', { strength })])).rejects.toThrow(/war-0: strength/);
    }
    for (const stars of [Number.NaN, 0, 6]) {
      await expect(engine.foldIn([prefer('war-0', { stars })])).rejects.toThrow(InvalidDataError);
    }
  });
});
