import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  DisposedError,
  EmptyResultError,
  InvalidDataError,
  InvalidOptionError,
  ModelMismatchError,
  CorruptModelError,
  NoModelError,
  UnknownItemError,
  type ModelFiles,
  type Recommender,
} from '../../src/index.ts';
import { trainedModel, twoTastes, World } from './small-world.ts';

let model: ModelFiles;
let world: World;

beforeAll(async () => {
  model = await trainedModel();
});

beforeEach(() => {
  world = new World();
});

afterEach(() => world.end());

const evenTaste = [0, 2, 4].map((item) => ({ type: 'like' as const, itemId: `item-${item}` }));

async function ids(recommender: Recommender, options = {}): Promise<string[]> {
  const { items } = await recommender.recommend({ count: 5, ...options });
  return items.map(({ itemId }) => itemId);
}

test('recommends for the history, as it changes', async () => {
  const recommender = await world.open({ model });
  const before = await recommender.recommend({ count: 5 });
  expect(before.items.every(({ source }) => source === 'popular')).toBe(true);
  await recommender.history.add(evenTaste);
  const { items, backend } = await recommender.recommend({ count: 5, reasons: 2 });
  expect(backend).toBe('cpu');
  expect(items.map(({ itemId }) => Number(itemId.slice(5)) % 2)).toEqual([0, 0, 0, 0, 0]);
  expect(items.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
  expect(items[0]!.reasons).toHaveLength(2);
});

test('a function filter decides on the page, together with the other filters', async () => {
  const recommender = await world.open({ model });
  await recommender.history.add(evenTaste);
  const unfiltered = await ids(recommender, { count: 30 });
  const allowed = new Set(['item-6', 'item-9', 'item-12', 'item-0']);
  const filtered = await ids(recommender, { filter: (id: string) => allowed.has(id) });
  expect(filtered).toEqual(unfiltered.filter((id) => allowed.has(id)));
  expect(filtered).toHaveLength(3); // item-0 is in the history
  const both = await ids(recommender, { only: ['item-6', 'item-8'], filter: (id: string) => id !== 'item-6' });
  expect(both).toEqual(['item-8']);
  await expect(recommender.recommend({ filter: () => false })).rejects.toThrow(EmptyResultError);
});

test('explains exactly; "without" changes the answer as the explanation said', async () => {
  const recommender = await world.open({ model });
  await recommender.history.add([...evenTaste, { type: 'dislike', itemId: 'item-6' }]);
  const { items } = await recommender.recommend({ count: 1 });
  const why = await recommender.explain(items[0]!.itemId);
  const sum = why.contributions.reduce((total, { contribution }) => total + contribution, why.baseline);
  expect(sum).toBeCloseTo(why.score, 6); // f32 factors, double sums
  expect(why.score).toBeCloseTo(items[0]!.score, 4); // the score itself is f32
  const strongest = why.contributions[0]!;
  const whatIf = await recommender.explain(items[0]!.itemId, { ignoreHistory: [strongest.itemId] });
  expect(whatIf.score).toBeCloseTo(strongest.scoreWithout, 4);
  expect(whatIf.contributions.map(({ itemId }) => itemId)).not.toContain(strongest.itemId);
});

test('similar items, starter items, diagnostics, comparison', async () => {
  const recommender = await world.open({ model });
  const similar = await recommender.similarItems('item-3', { count: 3, includeSelf: true });
  expect(similar[0]!.itemId).toBe('item-3');
  expect(similar[0]!.similarity).toBeCloseTo(1, 5); // f32
  const between = await recommender.similarItems(['item-3', 'item-4'], { count: 29 });
  expect(between.map(({ itemId }) => itemId)).toHaveLength(28);
  const starters = await recommender.starterItems({ count: 4 });
  expect(new Set(starters.map(({ itemId }) => itemId)).size).toBe(4);
  const diagnostics = await recommender.diagnostics();
  expect(diagnostics).toMatchObject({ backend: 'cpu', model: { name: 'two tastes', itemCount: 30 } });
  await recommender.history.add(evenTaste);
  const [cpu] = await recommender.compareBackends({ count: 3 });
  expect(cpu).toMatchObject({ info: { kind: 'cpu' }, agrees: true, error: null });
  expect(cpu!.itemIds).toEqual(await ids(recommender, { count: 3 }));
});

test('errors keep their class and code across the worker', async () => {
  const recommender = await world.open({ model });
  const unknown = recommender.similarItems('nowhere');
  await expect(unknown).rejects.toThrow(UnknownItemError);
  await expect(unknown).rejects.toMatchObject({ code: 'UNKNOWN_ITEM', name: 'UnknownItemError' });
  await expect(unknown).rejects.toThrow(/"nowhere"/);
  await expect(recommender.recommend({ count: 0 })).rejects.toThrow(InvalidOptionError);
  await expect(recommender.explain('item-1')).rejects.toThrow(EmptyResultError);
  const without = await world.open({ database: null });
  await expect(without.recommend()).rejects.toMatchObject({ code: 'NO_MODEL' });
  await expect(without.recommend({ filter: () => true })).rejects.toThrow(NoModelError);
  await expect(without.load()).rejects.toThrow(NoModelError);
});

test('options that a call does not have, and values of no use, are refused by name before anything happens', async () => {
  const recommender = await world.open({ model });
  const typo = (options: object): object => options;
  const calls: [string, () => Promise<unknown>][] = [
    ['recommend', () => recommender.recommend(typo({ cuont: 3 }))],
    ['similarItems', () => recommender.similarItems('item-1', typo({ cuont: 3 }))],
    ['explain', () => recommender.explain('item-1', typo({ ignoreHistroy: [] }))],
    ['fit', () => recommender.fit(twoTastes(), typo({ keepTrainedModell: true })).next()],
    ['load', () => recommender.load(model, typo({ catalog: [] }))],
    ['starterItems', () => recommender.starterItems(typo({ cuont: 3 }))],
    ['compareBackends', () => recommender.compareBackends(typo({ cuont: 3 }))],
    ['createRecommender', () => world.open(typo({ databse: null }))],
  ];
  for (const [name, call] of calls) {
    await expect(call(), name).rejects.toThrow(InvalidOptionError);
    await expect(call(), name).rejects.toThrow(new RegExp(`^Unknown option '.*' of ${name}; did you mean '`));
  }
  await expect(world.open(typo({ backend: 'gpu' }))).rejects.toThrow(/^backend must be 'auto' or .* got "gpu"/);
  await expect(recommender.recommend(typo({ filter: 'item-1' }))).rejects.toThrow(/^filter must be a function/);
  expect(world.workers).toHaveLength(1);
  expect((await recommender.diagnostics()).model).toMatchObject({ name: 'two tastes' });
});

test('save and load: the same model gives the same answers', async () => {
  const recommender = await world.open({ model });
  await recommender.history.add(evenTaste);
  const files = await recommender.save();
  expect(files).toEqual(model);
  const other = await world.open({ model: files, database: null });
  await other.history.importJson(recommender.history.exportJson());
  expect(await ids(other)).toEqual(await ids(recommender));
});

test('a damaged model, or one of another catalogue, is refused and the present one goes on', async () => {
  const recommender = await world.open({ model });
  const before = await ids(recommender);
  const cut = { ...model, tensors: model.tensors.slice(0, -1) };
  await expect(recommender.load(cut)).rejects.toThrow(CorruptModelError);
  await expect(recommender.load(model, { catalogue: ['a', 'b'] })).rejects.toThrow(ModelMismatchError);
  await expect(recommender.load('/nowhere/at/all/')).rejects.toThrow();
  expect(await ids(recommender)).toEqual(before);
  await expect(world.open({ model: cut, database: null })).rejects.toThrow(CorruptModelError);
  await expect(world.open({ model, catalogue: ['a'], database: null })).rejects.toThrow(ModelMismatchError);
});

test('an address that is no model is an error that names it', async () => {
  const opening = world.open({ model: 'http://127.0.0.1:9/none/' });
  await expect(opening).rejects.toThrow(InvalidDataError);
  await expect(opening).rejects.toThrow(/127\.0\.0\.1:9\/none/);
});

test('after forgetAll a folded-in vector equals one that never saw the events', async () => {
  const recommender = await world.open({ model });
  const never = await recommender.foldIn();
  await recommender.history.add(evenTaste);
  const [later] = await recommender.history.add({ type: 'like', itemId: 'item-9' });
  const seen = await recommender.foldIn();
  expect(seen).not.toEqual(never);
  await recommender.history.forgetAll();
  expect(await recommender.foldIn()).toEqual(never);
  // And what is said afterwards counts as if it were all that was ever said.
  await recommender.history.add(later!);
  const fresh = await world.open({ model, database: null });
  await fresh.history.add(later!);
  expect(await recommender.foldIn()).toEqual(await fresh.foldIn());
});

test('history and trained model are there again after a reload; load() puts the shipped one back', async () => {
  const first = await world.open({ model });
  await first.history.add(evenTaste);
  for await (const _ of first.fit(twoTastes(), { factors: 4, epochs: 2, name: 'mine' }));
  expect(first.usesTrainedModel).toBe(true);
  const expected = await first.recommend({ count: 5 });
  first.dispose();

  const second = await world.open({ model });
  expect(second.usesTrainedModel).toBe(true);
  expect(second.history.events).toHaveLength(3);
  expect((await second.diagnostics()).model).toMatchObject({ name: 'mine', factors: 4, includesHistory: true });
  expect((await second.recommend({ count: 5 })).items).toEqual(expected.items);
  expect(await second.load()).toMatchObject({ name: 'two tastes' });
  second.dispose();

  const third = await world.open({ model });
  expect(third.usesTrainedModel).toBe(false);
  expect((await third.diagnostics()).model).toMatchObject({ name: 'two tastes' });
});

test.each([
  [{ includeHistory: false }, false],
  [{ includeHistory: false, keepTrainedModel: true }, true],
  [{ includeHistory: true, keepTrainedModel: false }, false],
])('fit with %o is kept for the next visit: %s', async (options, isKept) => {
  const first = await world.open({ model });
  await first.history.add(evenTaste);
  for await (const _ of first.fit(twoTastes(), { factors: 4, epochs: 1, ...options }));
  const { model: summary } = await first.diagnostics();
  expect(summary).toMatchObject({ factors: 4, includesHistory: options.includeHistory });
  first.dispose();
  const second = await world.open({ model });
  expect(second.usesTrainedModel).toBe(isKept);
});

test('forgetAll drops a model trained with the history, on the device too; one trained without it stays', async () => {
  const recommender = await world.open({ model });
  await recommender.history.add(evenTaste);
  for await (const _ of recommender.fit(twoTastes(), { factors: 4, epochs: 1 }));
  await recommender.history.forgetAll();
  expect(recommender.usesTrainedModel).toBe(false);
  expect((await recommender.recommend()).items[0]!.source).toBe('popular');
  expect((await recommender.diagnostics()).model).toMatchObject({ name: 'two tastes', includesHistory: false });
  expect((await world.open({ model })).usesTrainedModel).toBe(false);

  const options = { factors: 4, epochs: 1, includeHistory: false, keepTrainedModel: true };
  for await (const _ of recommender.fit(twoTastes(), options));
  await recommender.history.forgetAll();
  expect(recommender.usesTrainedModel).toBe(true);
  expect((await world.open({ model })).usesTrainedModel).toBe(true);
});

test('another tab’s forgetAll drops the trained model here', async () => {
  const here = await world.open({ model });
  await here.history.add(evenTaste);
  for await (const _ of here.fit(twoTastes(), { factors: 4, epochs: 1 }));
  const there = await world.open({ model });
  const heard = new Promise<void>((resolve) => {
    here.history.subscribe(({ forgotten }) => forgotten && resolve());
  });
  await there.history.forgetAll();
  await heard;
  expect(here.history.events).toEqual([]);
  expect((await here.recommend()).items[0]!.source).toBe('popular');
  expect(here.usesTrainedModel).toBe(false);
});

test('a kept model of another catalogue is not used again, with a notice', async () => {
  const first = await world.open({ model });
  await first.history.add(evenTaste);
  for await (const _ of first.fit(twoTastes({ itemCount: 20 }), { factors: 4, epochs: 1 }));
  first.dispose();
  const second = await world.open({ model, catalogue: twoTastes().itemIds });
  expect(second.usesTrainedModel).toBe(false);
  expect(world.notices).toEqual([expect.stringMatching(/trained on this device is not used again.*20 items/)]);
  expect(await ids(second)).toHaveLength(5);
});

test('calls after dispose are refused by name', async () => {
  const recommender = await world.open({ model });
  const pending = recommender.recommend();
  recommender.dispose();
  recommender.dispose();
  await expect(pending).rejects.toThrow(DisposedError);
  await expect(recommender.recommend()).rejects.toThrow(DisposedError);
  await expect(recommender.history.add(evenTaste)).rejects.toThrow(DisposedError);
});
