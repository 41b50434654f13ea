import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import { writeModel } from '../../../src/model/model-files.ts';
import { filmWorld, prefer, trainModel } from '../../support/film-world.ts';

const strengths = fc.constantFrom(1, 0.5, 0.1, -0.3, -1);

test.each([
  ['implicit, α₀', 'presence', { regularization: 0.01 }],
  ['implicit, alpha', 'presence', { alpha: 5 }],
  ['explicit', 'stars', { objective: 'explicit' }],
] as const)('any history: contributions and baseline sum to the score of every item, %s', async (_, feedback, fit) => {
  const model = await trainModel(filmWorld(feedback), fit);
  const engine = new Engine({ backend: 'cpu' });
  await engine.load(await writeModel(model));
  const ids = filmWorld(feedback).itemIds;
  const histories = fc.uniqueArray(fc.record({ id: fc.constantFrom(...ids), strength: strengths }), {
    selector: ({ id }) => id,
    minLength: 1,
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(histories, fc.constantFrom(...ids), async (history, itemId) => {
      const preferences = history.map(({ id, strength }) => prefer(id, { strength }));
      const { score, baseline, contributions } = await engine.explain(preferences, itemId);
      const sum = contributions.reduce((total, { contribution }) => total + contribution, baseline);
      // Thirty double-precision terms below ten.
      expect(Math.abs(sum - score)).toBeLessThan(1e-12);
      // The score of the folded-in history, which is rounded to float32.
      const x = await engine.foldIn(preferences);
      const row = model.items.rowOf(itemId);
      const dot = x.reduce((total, value, i) => total + value * model.itemFactors[row * model.factors + i]!, baseline);
      expect(Math.abs(dot - score)).toBeLessThan(1e-5);
      expect(contributions.length).toBe(history.length);
    }),
    { seed: 20_250_105, numRuns: 40 },
  );
  engine.dispose();
});
