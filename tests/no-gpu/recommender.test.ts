import { afterEach, beforeEach, expect, test } from 'vitest';
import { GpuUnavailableError } from '../../src/index.ts';
import { trainedModel, twoTastes, World } from '../browser/small-world.ts';

let world: World;

beforeEach(() => {
  world = new World();
});

afterEach(() => world.end());

test('this browser has no adapter, or these tests would prove nothing', async () => {
  const adapter: unknown = 'gpu' in navigator ? await navigator.gpu.requestAdapter() : null;
  expect(adapter).toBeNull();
});

test('auto answers and trains on the CPU, and says why', async () => {
  const recommender = await world.open({ backend: 'auto', model: await trainedModel() });
  await recommender.history.add({ type: 'like', itemId: 'item-0' });
  const { backend, items } = await recommender.recommend({ count: 5 });
  expect(backend).toBe('cpu');
  expect(items).toHaveLength(5);
  for await (const report of recommender.fit(twoTastes(), { factors: 4, epochs: 2 })) {
    expect(report.backend).toBe('cpu');
  }
  const { backend: serving, reason, available } = await recommender.diagnostics();
  expect(serving).toBe('cpu');
  expect(reason).toMatch(/GPU/);
  expect(available.map(({ kind }) => kind)).toEqual(['cpu']);
});

test('insisting on WebGPU is a typed error at once, before any request', async () => {
  await expect(world.open({ backend: 'webgpu', model: await trainedModel() })).rejects.toThrow(GpuUnavailableError);
  await expect(world.open({ backend: 'webgpu' })).rejects.toThrow(/GPU/);
});

test('comparing back ends names the missing one and why', async () => {
  const recommender = await world.open({ backend: 'auto', model: await trainedModel() });
  await recommender.history.add({ type: 'like', itemId: 'item-0' });
  const [cpu, gpu] = await recommender.compareBackends();
  expect(cpu).toMatchObject({ error: null, agrees: true });
  expect(gpu!.error).toMatch(/GPU/);
});
