import { expect, test } from 'vitest';
import type * as Sdk from '../../src/index.ts';
import { twoTastes } from './small-world.ts';

/** The built library, as `npm run build:sdk` leaves it; a variable, so that the type check does not need the build. */
const built = '../../dist/sdk/index.js';

async function topTen(backend: 'cpu' | 'webgpu'): Promise<{ ids: string[]; backend: string; why: number }> {
  const { createRecommender } = (await import(/* @vite-ignore */ built)) as typeof Sdk;
  using recommender = await createRecommender({ backend, database: null });
  await recommender.history.add([
    { type: 'like', itemId: 'item-0' },
    { type: 'rating', itemId: 'item-4', value: 4 },
  ]);
  const options = { factors: 8, epochs: 3, includeHistory: false };
  for await (const report of recommender.fit(twoTastes(), options)) expect(report.backend).toBe(backend);
  const { items, backend: used } = await recommender.recommend({ count: 10 });
  const [, second] = items;
  const filtered = await recommender.recommend({ filter: (itemId) => itemId === second!.itemId });
  expect(filtered.items.map(({ itemId }) => itemId)).toEqual([second!.itemId]);
  const why = await recommender.explain(items[0]!.itemId);
  const similar = await recommender.similarItems('item-1', { count: 3 });
  expect(similar).toHaveLength(3);
  const sum = why.contributions.reduce((total, { contribution }) => total + contribution, why.baseline);
  return { ids: items.map(({ itemId }) => itemId), backend: used, why: sum };
}

test('the built SDK, its worker and its file of shaders: the same top ten on the CPU and the GPU', async () => {
  const cpu = await topTen('cpu');
  const gpu = await topTen('webgpu');
  expect(cpu.backend).toBe('cpu');
  expect(gpu.backend).toBe('webgpu');
  expect(gpu.ids).toEqual(cpu.ids);
  expect(gpu.why).toBeCloseTo(cpu.why, 4); // factors are f32 and were trained on different back ends
});

test('the built SDK’s errors are its own classes', async () => {
  const { createRecommender, NoModelError } = (await import(/* @vite-ignore */ built)) as typeof Sdk;
  using recommender = await createRecommender({ backend: 'cpu', database: null });
  await expect(recommender.recommend()).rejects.toThrow(NoModelError);
});

test('the built SDK keeps the history and the trained model from one visit to the next', async () => {
  const { createRecommender } = (await import(/* @vite-ignore */ built)) as typeof Sdk;
  const options = { backend: 'cpu', database: `sdk-${crypto.randomUUID()}` } as const;
  {
    using recommender = await createRecommender(options);
    await recommender.history.add([
      { type: 'like', itemId: 'item-0' },
      { type: 'like', itemId: 'item-1' },
    ]);
    await recommender.history.undo();
    await recommender.history.add({ type: 'like', itemId: 'item-2' });
    for await (const _ of recommender.fit(twoTastes(), { factors: 4, epochs: 1 }));
  }
  {
    using recommender = await createRecommender(options);
    expect(recommender.history.events.map(({ itemId }) => itemId)).toEqual(['item-2']);
    expect(recommender.usesTrainedModel).toBe(true);
    await recommender.history.forgetAll();
  }
  using recommender = await createRecommender(options);
  expect(recommender.history.events).toEqual([]);
  expect(recommender.usesTrainedModel).toBe(false);
});
