/**
 * Both back ends behind the real worker, a case of each thing that `Backend` promises: training by every solver, fold-in,
 * top-k with ties and filters, explanations, similar items. Each suite of `tests/support` says in full what holds, in Dawn.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { solverNames } from '../../src/backends/backend.ts';
import type { Interactions, Recommender } from '../../src/index.ts';
import { twoTastes, World } from './small-world.ts';

const world = new World();
let onCpu: Recommender;
let onGpu: Recommender;

/** Factors are float32, trained and folded in by different kernels: some hundred roundings of 6e-8 of scores about 1. */
const digits = 4;

beforeAll(async () => {
  onCpu = await world.open({ database: null });
  onGpu = await world.open({ database: null, backend: 'webgpu' });
  for (const recommender of [onCpu, onGpu]) {
    await recommender.history.add([
      { type: 'like', itemId: 'item-0' },
      { type: 'rating', itemId: 'item-4', value: 4 },
      { type: 'dislike', itemId: 'item-7' },
    ]);
  }
});

afterAll(() => world.end());

async function trained(recommender: Recommender, options: { solver?: (typeof solverNames)[number] } = {}) {
  const losses: number[] = [];
  const { backend } = await recommender.diagnostics();
  const fit = { factors: 6, epochs: 4, includeHistory: false, ...options };
  for await (const report of recommender.fit(twoTastes(), fit)) {
    expect(report.backend).toBe(backend);
    losses.push(report.loss);
  }
  return { losses, ...(await recommender.recommend({ count: 10 })) };
}

describe('every solver', () => {
  test.each(solverNames)('%s: the same objective and the same ten items', async (solver) => {
    const cpu = await trained(onCpu, { solver });
    const gpu = await trained(onGpu, { solver });
    expect([cpu.backend, gpu.backend]).toEqual(['cpu', 'webgpu']);
    for (const [epoch, loss] of gpu.losses.entries()) expect(loss / cpu.losses[epoch]!).toBeCloseTo(1, digits);
    expect(gpu.items.map(({ itemId }) => itemId)).toEqual(cpu.items.map(({ itemId }) => itemId));
    for (const [place, { score }] of gpu.items.entries()) expect(score).toBeCloseTo(cpu.items[place]!.score, digits);
  });
});

describe('one model', () => {
  beforeAll(async () => {
    await trained(onCpu);
    await onGpu.load(await onCpu.save());
  });

  test('the visitor folded in', async () => {
    const [cpu, gpu] = [await onCpu.foldIn(), await onGpu.foldIn()];
    expect(gpu).toHaveLength(6);
    for (const [place, value] of gpu.entries()) expect(value).toBeCloseTo(cpu[place]!, digits);
  });

  test('filters of every kind', async () => {
    const filtered = { count: 5, exclude: ['item-2'], filter: (id: string) => !id.endsWith('8') };
    const cpu = await onCpu.recommend(filtered);
    const gpu = await onGpu.recommend(filtered);
    expect(gpu.items.map(({ itemId }) => itemId)).toEqual(cpu.items.map(({ itemId }) => itemId));
    expect(gpu.items.map(({ itemId }) => itemId)).not.toContain('item-2');
    const all = await onGpu.recommend({ count: 5 });
    expect(all.items).not.toEqual(gpu.items);
  });

  test('explanations and similar items', async () => {
    const { items } = await onGpu.recommend({ count: 1 });
    const [cpu, gpu] = [await onCpu.explain(items[0]!.itemId), await onGpu.explain(items[0]!.itemId)];
    expect(gpu.contributions.map(({ itemId }) => itemId)).toEqual(cpu.contributions.map(({ itemId }) => itemId));
    for (const [place, { contribution }] of gpu.contributions.entries()) {
      expect(contribution).toBeCloseTo(cpu.contributions[place]!.contribution, digits);
    }
    const similar = { count: 5 };
    const ids = async (recommender: Recommender) =>
      (await recommender.similarItems('item-3', similar)).map(({ itemId }) => itemId);
    expect(await ids(onGpu)).toEqual(await ids(onCpu));
  });
});

test('known answers: items that the same people chose have the same score, and the first of the catalogue comes first', async () => {
  // All were chosen by the same two users, so that their factors are equal once the items are solved.
  const itemIds = Array.from({ length: 30 }, (_, item) => `item-${item}`);
  const alike: Interactions = {
    itemIds,
    userCount: 2,
    users: Uint32Array.from({ length: 60 }, (_, entry) => entry % 2),
    items: Uint32Array.from({ length: 60 }, (_, entry) => Math.floor(entry / 2)),
    values: new Float32Array(60).fill(1),
  };
  for await (const _ of onGpu.fit(alike, { factors: 3, epochs: 3, solver: 'cholesky', includeHistory: false }));
  const { items, backend } = await onGpu.recommend({ count: 10 });
  expect(backend).toBe('webgpu');
  expect(new Set(items.map(({ score }) => score)).size).toBe(1);
  const unknown = itemIds.filter((itemId) => !['item-0', 'item-4', 'item-7'].includes(itemId));
  expect(items.map(({ itemId }) => itemId)).toEqual(unknown.slice(0, 10));
});
