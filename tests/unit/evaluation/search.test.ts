import { describe, expect, test } from 'vitest';
import {
  type Candidate,
  sampleCandidates,
  searchSettings,
  type SearchSpace,
  type Trial,
} from '../../../src/evaluation/search.ts';

const space: SearchSpace = {
  factors: [8, 16],
  exponents: [1],
  valueWeights: [0, 0.2, 0.4],
  activityDiscounts: [0],
  popularityDiscounts: [0],
  unobservedWeight: [0.01, 1],
  regularization: [0.001, 0.1],
  typicalEntries: 20,
  otherSideCount: 500,
};

/** A hill with its top at α₀ 0.2, λ 0.02, 16 factors and a value weight of 0.2; more epochs come closer to it. */
async function hill(candidate: Candidate, epochs: number): Promise<number> {
  const away = Math.log(candidate.unobservedWeight / 0.2) ** 2 + Math.log(candidate.regularization / 0.02) ** 2;
  const levels = (candidate.factors === 16 ? 0 : 1) + Math.abs(candidate.valueWeight - 0.2);
  return -away - levels - 1 / epochs;
}

describe('searchSettings', () => {
  test('finds the top of a hill, by a quarter of the epochs, then a half, then all', async () => {
    const heard: Trial[] = [];
    const { best, trials } = await searchSettings(space, {
      count: 9,
      epochs: 16,
      seed: 1,
      score: hill,
      onTrial: (trial) => heard.push(trial),
    });
    expect(heard).toEqual(trials);
    expect(trials.slice(0, 13).map(({ epochs }) => epochs)).toEqual([4, 4, 4, 4, 4, 4, 4, 4, 4, 8, 8, 8, 16]);
    expect(new Set(trials.slice(13).map(({ epochs }) => epochs))).toEqual(new Set([16]));
    expect(best).toMatchObject({ factors: 16, valueWeight: 0.2, epochs: 16 });
    // The last steps are 1.4 and 1.25.
    expect(Math.abs(Math.log(best.unobservedWeight / 0.2))).toBeLessThan(Math.log(1.4));
    expect(Math.abs(Math.log(best.regularization / 0.02))).toBeLessThan(Math.log(1.25));
    expect(trials.every(({ score, epochs }) => epochs < 16 || score <= best.score)).toBe(true);
  });

  test('the best third goes on, nothing is trained twice, and the seed decides', async () => {
    const run = (seed: number) => searchSettings(space, { count: 9, epochs: 16, seed, score: hill });
    const { trials } = await run(3);
    const [first, second] = [trials.slice(0, 9), trials.slice(9, 12)];
    const order = [...first].sort((left, right) => right.score - left.score).slice(0, 3);
    const keyOf = ({ unobservedWeight, regularization }: Candidate) => `${unobservedWeight} ${regularization}`;
    expect(second.map(keyOf)).toEqual(order.map(keyOf));
    expect(new Set(trials.map((trial) => JSON.stringify({ ...trial, score: null }))).size).toBe(trials.length);
    expect((await run(3)).trials).toEqual(trials);
    expect((await run(4)).trials).not.toEqual(trials);
  });

  test('one candidate, one epoch', async () => {
    const { trials } = await searchSettings(space, { count: 1, epochs: 1, seed: 1, score: hill });
    expect(new Set(trials.map(({ epochs }) => epochs))).toEqual(new Set([1]));
  });

  test('more factors come with more regularization: √2 times as much for twice as many', async () => {
    const start = sampleCandidates(space, { count: 1, seed: 1 })[0]!;
    const wanted = Number((start.regularization * Math.SQRT2).toPrecision(2));
    const isTop = ({ factors, regularization }: Candidate) => factors === 16 && regularization === wanted;
    const score = async (candidate: Candidate) => (isTop(candidate) ? 1 : 0);
    const { best } = await searchSettings(space, { count: 1, epochs: 4, seed: 1, score });
    expect(best).toMatchObject({ factors: 16, regularization: wanted });
  });

  test('where all score alike the first stays', async () => {
    const { best, trials } = await searchSettings(space, { count: 6, epochs: 4, seed: 1, score: async () => 0.5 });
    expect(best).toMatchObject({ unobservedWeight: trials[0]!.unobservedWeight, factors: trials[0]!.factors });
  });
});

describe('sampleCandidates', () => {
  test('each part of both scales is used once, and the lists take turns', () => {
    const candidates = sampleCandidates(space, { count: 10, seed: 1 });
    const partsOf = (values: number[], [low, high]: readonly [number, number]) =>
      // Two digits may round a value across the border of its part by half a per cent of the scale.
      values.map((value) => (10 * Math.log(value / low)) / Math.log(high / low)).sort((left, right) => left - right);
    for (const parts of [
      partsOf(
        candidates.map(({ unobservedWeight }) => unobservedWeight),
        space.unobservedWeight,
      ),
      partsOf(
        candidates.map(({ regularization }) => regularization),
        space.regularization,
      ),
    ]) {
      for (const [part, value] of parts.entries()) {
        expect(value).toBeGreaterThan(part - 0.15);
        expect(value).toBeLessThan(part + 1.15);
      }
    }
    expect(candidates.map(({ factors }) => factors)).toEqual([8, 16, 8, 16, 8, 16, 8, 16, 8, 16]);
  });

  test('at another ν a typical row is regularized as much', () => {
    const one = sampleCandidates(space, { count: 4, seed: 1 });
    const half = sampleCandidates({ ...space, exponents: [0.5] }, { count: 4, seed: 1 });
    for (const [index, { regularization, unobservedWeight }] of half.entries()) {
      const rows = space.typicalEntries + unobservedWeight * space.otherSideCount;
      // Both are rounded to two digits.
      expect((regularization * rows ** 0.5) / (one[index]!.regularization * rows)).toBeCloseTo(1, 1);
    }
  });
});
