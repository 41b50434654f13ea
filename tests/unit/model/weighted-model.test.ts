import { beforeAll, describe, expect, test } from 'vitest';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { CsrMatrix } from '../../../src/data/csr-matrix.ts';
import { interactionMatrix, type Interactions } from '../../../src/data/interactions.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { CorruptModelError } from '../../../src/errors.ts';
import { trainAls } from '../../../src/evaluation/train-als.ts';
import { strengthOfStars } from '../../../src/history/preferences.ts';
import type { FitOptions } from '../../../src/model/fit-options.ts';
import type { InteractionWeights } from '../../../src/model/interaction-weights.ts';
import { readModel } from '../../../src/model/model-files.ts';
import type { ModelFiles, ModelManifest } from '../../../src/pack/model-pack.ts';
import { filmWorld, prefer, trainerOf, trainModel } from '../../support/film-world.ts';

/** Values of 3 to 5 stars: none of them a dislike, so that a visitor can say the same. */
const world: Interactions = { ...filmWorld(), values: filmWorld().values.map((_, entry) => 3 + ((entry * 7) % 5) / 2) };
const weights = { valueWeight: 0.4, activityDiscount: 0.5, popularityDiscount: 0.3 };
const tuned: FitOptions = { factors: 6, epochs: 5, unobservedWeight: 0.3, regularization: 0.004, weights };

/** What a web server gives back of what was written to it. */
function throughJson({ manifest, tensors }: { manifest: ModelManifest; tensors: Uint8Array }): ModelFiles {
  return { manifest: JSON.parse(JSON.stringify(manifest)) as unknown, tensors };
}

let files: { manifest: ModelManifest; tensors: Uint8Array };
beforeAll(async () => {
  const engine = new Engine({ backend: 'cpu' });
  for await (const report of engine.fit(world, tuned)) void report;
  files = await engine.save();
});

test('trained through the engine, saved and loaded, it ranks as the ranker under evaluation', async () => {
  const served = new Engine({ backend: 'cpu' });
  await served.load(throughJson(files));
  const ranker = await trainAls(interactionMatrix(world), { ...tuned, backend: createCpuBackend() });
  const histories = [
    [
      [0, 5],
      [3, 3],
      [22, 4.5],
    ],
    [[25, 4]],
    Array.from({ length: 15 }, (_, place) => [place, 3 + (place % 5) / 2]),
  ] as [number, number][][];
  for (const history of histories) {
    const row = new CsrMatrix(
      1,
      40,
      Uint32Array.of(0, history.length),
      Uint32Array.from(history, ([item]) => item),
      Float32Array.from(history, ([, stars]) => stars),
    );
    const { rows, counts } = await ranker.rank(row, 40);
    const preferences = history.map(([item, stars]) =>
      prefer(world.itemIds[item]!, { stars, strength: strengthOfStars(stars) }),
    );
    const { items } = await served.recommend([...preferences].reverse(), { count: 40 });
    expect(counts[0]).toBe(40 - history.length);
    expect(items.map(({ itemId }) => itemId)).toEqual(
      [...rows.subarray(0, counts[0])].map((item) => world.itemIds[item]),
    );
  }
});

test.each(['valueWeight', 'activityDiscount', 'popularityDiscount'] as const)(
  '%s changes the model, and what a visitor of the same model is recommended',
  async (name) => {
    const { weights: _weights, ...plain } = tuned;
    const without = await trainModel(world, plain);
    const weighed = await trainModel(world, { ...plain, weights: { [name]: 0.5 } });
    expect(weighed.itemFactors).not.toEqual(without.itemFactors);
    const manifest = { ...files.manifest, weights: { ...files.manifest.weights!, [name]: 0 } };
    const [first, other] = [new Engine({ backend: 'cpu' }), new Engine({ backend: 'cpu' })];
    await first.load(files);
    await other.load({ ...files, manifest });
    const preferences = [prefer('war-0', { stars: 5 }), prefer('love-19', { stars: 3, strength: 0.2 })];
    expect(await other.foldIn(preferences)).not.toEqual(await first.foldIn(preferences));
  },
);

test('models that weigh otherwise give lists of other ids', async () => {
  const ids = new Set<string>();
  for (const popularityDiscount of [0.3, 0.4]) {
    const engine = new Engine({ backend: 'cpu' });
    for await (const report of engine.fit(world, { ...tuned, weights: { ...weights, popularityDiscount } }))
      void report;
    ids.add((await engine.recommend([])).recommendationId);
  }
  expect(ids.size).toBe(2);
});

test('weights of 0 are none: the same model to the bit', async () => {
  const { weights: _weights, ...plain } = tuned;
  const zeros = { valueWeight: 0, activityDiscount: 0, popularityDiscount: 0 };
  const model = await trainModel(world, { ...plain, weights: zeros });
  expect(model.weights).toBeNull();
  expect(model.itemFactors).toEqual((await trainModel(world, plain)).itemFactors);
});

test('the visitor as one more row is weighed by what the others measured', async () => {
  const history = [prefer('war-0', { stars: 5 }), prefer('love-19', { strength: -1 })];
  const measured: InteractionWeights['parameters'][] = [];
  const factors: Float32Array[] = [];
  for (const own of [[], history, [prefer('war-0', { stars: 3 }), history[1]!]]) {
    const trainer = trainerOf(world, { ...tuned, history: own });
    for await (const report of trainer.run({ backend: createCpuBackend() })) void report;
    measured.push((await trainer.model())!.weights!.parameters);
    factors.push((await trainer.model())!.itemFactors);
  }
  expect(measured[1]).toEqual(measured[0]);
  expect(factors[1]).not.toEqual(factors[0]);
  expect(factors[2]).not.toEqual(factors[1]);
});

describe('the manifest', () => {
  test('says the weights and what was measured', () => {
    expect(files.manifest.settings.feedback).toBe('presence');
    expect(files.manifest.weights).toEqual({
      ...weights,
      mean: expect.closeTo(4, 1),
      inverseDeviation: expect.closeTo(Math.SQRT2, 1),
      typicalActivity: expect.any(Number),
      typicalPopularity: expect.any(Number),
    });
  });

  test.each([
    [undefined, /weights: /],
    [{}, /weights\.valueWeight/],
    [{ valueWeight: 11 }, /weights\.valueWeight: must be a number from 0 to 10, got 11/],
    [{ valueWeight: -1 }, /weights\.valueWeight/],
    [{ activityDiscount: 2 }, /weights\.activityDiscount: must be a number from 0 to 1, got 2/],
    [{ popularityDiscount: '1' }, /weights\.popularityDiscount/],
    [{ mean: null }, /weights\.mean: must be a finite number, got null/],
    [{ inverseDeviation: -1 }, /weights\.inverseDeviation/],
    [{ typicalActivity: 0 }, /weights\.typicalActivity: must be a number above 0, got 0/],
    [{ typicalPopularity: Number.NaN }, /weights\.typicalPopularity/],
  ])('refuses %j', async (change, message) => {
    const isWhole = change === undefined || Object.keys(change).length === 0;
    const manifest = { ...files.manifest, weights: isWhole ? change : { ...files.manifest.weights, ...change } };
    await expect(readModel({ ...files, manifest })).rejects.toThrow(CorruptModelError);
    await expect(readModel({ ...files, manifest })).rejects.toThrow(message);
  });

  test.each([{ feedback: 'stars' }, { objective: 'explicit' }])('refuses weights with %j', async (change) => {
    const manifest = { ...files.manifest, settings: { ...files.manifest.settings, ...change } };
    await expect(readModel({ ...files, manifest })).rejects.toThrow(CorruptModelError);
    await expect(readModel({ ...files, manifest })).rejects.toThrow('weights do not go with');
  });
});
