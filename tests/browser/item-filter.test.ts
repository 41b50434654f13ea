import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ModelFiles } from '../../src/index.ts';
import { modelOf, twoTastes, World } from './small-world.ts';

const itemCount = 9000;
const maskByteLength = 4 * Math.ceil(itemCount / 32);

let model: ModelFiles;
let world: World;

beforeAll(async () => {
  model = await modelOf(twoTastes({ userCount: 4, itemCount }), { factors: 2, epochs: 1 });
});

beforeEach(() => {
  world = new World();
});

afterEach(() => world.end());

/** A message as it crossed: how many texts it has in it, how many bytes of typed arrays, and which function it calls. */
interface Crossing {
  readonly to: 'worker' | 'page';
  readonly called: string | null;
  readonly textCount: number;
  readonly arrayByteLengths: readonly number[];
}

/** Every message to and from the workers that are started from now on. */
function watchCrossings(): Crossing[] {
  const crossings: Crossing[] = [];
  world.onWorker = (worker) => {
    const post = worker.postMessage.bind(worker);
    worker.postMessage = (message: unknown) => {
      crossings.push(crossingOf(message, 'worker'));
      post(message);
    };
    worker.addEventListener('message', ({ data }) => crossings.push(crossingOf(data, 'page')));
  };
  return crossings;
}

function crossingOf(message: unknown, to: Crossing['to']): Crossing {
  let textCount = 0;
  const arrayByteLengths: number[] = [];
  const visit = (part: unknown): void => {
    if (typeof part === 'string') textCount++;
    else if (ArrayBuffer.isView(part)) arrayByteLengths.push(part.byteLength);
    else if (typeof part === 'object' && part !== null) for (const inner of Object.values(part)) visit(inner);
  };
  visit(message);
  const { m: called = null } = message as { m?: string };
  return { to, called, textCount, arrayByteLengths };
}

const isEven = (itemId: string): boolean => Number(itemId.slice('item-'.length)) % 2 === 0;

test('a filter over 9,000 items: the ids cross once, then every request is one mask and no list of ids', async () => {
  const crossings = watchCrossings();
  const recommender = await world.open({ model });
  await recommender.history.add([0, 2, 4, 7].map((item) => ({ type: 'like', itemId: `item-${item}` })));
  crossings.length = 0;

  const first = await recommender.recommend({ filter: isEven });
  expect(first.items.every(({ itemId }) => isEven(itemId))).toBe(true);
  expect(crossings.map(({ to, called }) => [to, called])).toEqual([
    ['worker', 'catalogue'],
    ['page', null],
    ['worker', 'recommend'],
    ['page', null],
  ]);
  expect(crossings[1]!.textCount).toBeGreaterThanOrEqual(itemCount);

  crossings.length = 0;
  const odd = await recommender.recommend({ filter: (itemId) => !isEven(itemId) });
  expect(odd.items.some(({ itemId }) => isEven(itemId))).toBe(false);
  expect(crossings.map(({ to, called }) => [to, called])).toEqual([
    ['worker', 'recommend'],
    ['page', null],
  ]);
  expect(crossings[0]!.arrayByteLengths).toEqual([maskByteLength]);
  // Names of the call and of four history items, not thousands of ids; ten items and their reasons come back.
  expect(crossings[0]!.textCount).toBeLessThan(20);
  expect(crossings[1]!.textCount).toBeLessThan(100);

  // The list is the one that the ids themselves ask for.
  const itemIds = Array.from({ length: itemCount }, (_, item) => `item-${item}`).filter(isEven);
  expect((await recommender.recommend({ only: itemIds })).items).toEqual(first.items);
});

test('a model of other items in between: the filter is asked about those, in the same request', async () => {
  const crossings = watchCrossings();
  const recommender = await world.open({ model });
  await recommender.recommend({ filter: isEven });
  const other = twoTastes({ userCount: 6, itemCount: 20 });
  const films = { ...other, itemIds: other.itemIds.map((_, row) => `film-${row}`) };
  await recommender.load(await modelOf(films, { factors: 2, epochs: 1 }));

  crossings.length = 0;
  const asked: string[] = [];
  const { items } = await recommender.recommend({
    filter: (itemId) => {
      asked.push(itemId);
      return itemId === 'film-3' || itemId === 'film-8';
    },
  });
  expect(items.map(({ itemId }) => itemId).toSorted()).toEqual(['film-3', 'film-8']);
  expect(asked.slice(itemCount)).toEqual(films.itemIds);
  expect(crossings.filter(({ to }) => to === 'worker').map(({ called }) => called)).toEqual([
    'recommend',
    'catalogue',
    'recommend',
  ]);
});

test('a worker that is started again, and every epoch of a fit, know the masks of the same items', async () => {
  const crossings = watchCrossings();
  const recommender = await world.open({ model });
  await recommender.recommend({ filter: isEven });
  world.workers.at(-1)!.terminate();
  const { items } = await recommender.recommend({ filter: isEven });
  expect(items).toHaveLength(10);
  for await (const _ of recommender.fit(twoTastes({ userCount: 4, itemCount }), { factors: 2, epochs: 2 })) {
    await recommender.recommend({ filter: isEven });
  }
  expect(crossings.filter(({ called }) => called === 'catalogue')).toHaveLength(1);
});
