import { describe, expect, test } from 'vitest';
import type { CsrMatrix } from '../../../src/data/csr-matrix.ts';
import { InteractionWeights, type WeightParameters } from '../../../src/model/interaction-weights.ts';
import { matrixOf } from '../../support/synthetic.ts';

/** A digit for a cell's value, `.` for none. */
function cells(...rows: string[]): CsrMatrix {
  return matrixOf(rows.map((row) => Array.from(row, (cell) => (cell === '.' ? null : Number(cell)))));
}

describe('InteractionWeights', () => {
  const matrix = cells('15..', '3...', '1111');
  const none = { valueWeight: 0, activityDiscount: 0, popularityDiscount: 0 };
  const geometricMean = (values: Float32Array) =>
    Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

  test('by value: one standard deviation more is w more, and nothing falls below 0.05', () => {
    const values = [1, 5, 3, 1, 1, 1, 1];
    const mean = values.reduce((sum, value) => sum + value) / 7;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 7);
    const weighed = InteractionWeights.of(matrix, { ...none, valueWeight: 0.5 }).weigh(matrix);
    for (const [entry, value] of values.entries()) {
      // float32 rounds at 6e-8.
      expect(weighed.values[entry]).toBeCloseTo(1 + (0.5 * (value - mean)) / deviation, 6);
    }
    const steep = InteractionWeights.of(matrix, { ...none, valueWeight: 9 }).weigh(matrix);
    expect(steep.values[0]).toBeCloseTo(0.05, 7);
  });

  test('by activity: twice the interactions, 2^−d of the weight; in the mean 1', () => {
    const { values } = InteractionWeights.of(matrix, { ...none, activityDiscount: 0.5 }).weigh(matrix);
    expect(values[2]! / values[0]!).toBeCloseTo(Math.SQRT2, 6);
    expect(values[0]! / values[3]!).toBeCloseTo(Math.SQRT2, 6);
    expect(geometricMean(values)).toBeCloseTo(1, 6);
  });

  test('by popularity: twice the users, 2^−p of the weight; in the mean 1; an item of nobody as of one user', () => {
    // Items of 3, 2, 1, 1 users, and a fifth without any.
    const more = cells('15...', '3....', '1111.');
    const weights = InteractionWeights.of(more, { ...none, popularityDiscount: 0.5 });
    const { values } = weights.weigh(more);
    expect(values[4]! / values[3]!).toBeCloseTo(Math.sqrt(3 / 2), 6);
    expect(values[5]! / values[4]!).toBeCloseTo(Math.SQRT2, 6);
    expect(geometricMean(values)).toBeCloseTo(1, 6);
    expect(weights.weigh(cells('....1')).values[0]).toBe(values[5]);
  });

  test('a history is weighed by the numbers of the training part', () => {
    const weights = InteractionWeights.of(matrix, {
      valueWeight: 0.5,
      activityDiscount: 0.5,
      popularityDiscount: 0.5,
    });
    const trained = weights.weigh(matrix);
    // One item of value 3, as in the second row but another item: less popular by a third.
    expect(weights.weigh(cells('..5.', '....', '3...')).values[1]).toBe(trained.values[2]);
    expect(weights.weigh(cells('.3..')).values[0]! / trained.values[2]!).toBeCloseTo(Math.sqrt(3 / 2), 6);
  });

  test('values that are all alike say nothing', () => {
    const alike = cells('33', '3.');
    const weighed = InteractionWeights.of(alike, { ...none, valueWeight: 5 }).weigh(alike);
    expect([...weighed.values]).toEqual([1, 1, 1]);
  });

  test('measured numbers and counts alone weigh the same', () => {
    const options = { valueWeight: 0.5, activityDiscount: 0.3, popularityDiscount: 0.2 };
    const measured = InteractionWeights.of(matrix, options);
    const { mean, typicalActivity, typicalPopularity } = measured.parameters;
    expect(mean).toBeCloseTo(13 / 7, 14);
    // Users of 2, 1 and 4 interactions; items of 3, 2, 1 and 1.
    expect(typicalActivity).toBeCloseTo((2 ** 2 * 4 ** 4) ** (1 / 7), 12);
    expect(typicalPopularity).toBeCloseTo((3 ** 3 * 2 ** 2) ** (1 / 7), 12);
    const kept = JSON.parse(JSON.stringify(measured.parameters)) as WeightParameters;
    expect(new InteractionWeights(kept, Uint32Array.of(3, 2, 1, 1)).weigh(matrix)).toEqual(measured.weigh(matrix));
  });

  test('no interactions', () => {
    const weights = InteractionWeights.of(cells('...'), { valueWeight: 1, activityDiscount: 1, popularityDiscount: 1 });
    expect(weights.weigh(cells('..3')).values[0]).toBe(1);
  });

  describe('a visitor', () => {
    const weights = InteractionWeights.of(matrix, { valueWeight: 0.5, activityDiscount: 0.5, popularityDiscount: 0.5 });
    const entry = (itemRow: number, strength: number, stars: number | null = null) => ({ itemRow, strength, stars });

    test('stars are values: the same strengths as a row of the matrix', () => {
      const { values } = weights.weigh(cells('35.4'));
      expect(weights.strengthsOf([entry(0, 0.2, 3), entry(1, 1, 5), entry(3, 0.6, 4)])).toEqual([...values]);
    });

    test('a like counts as the mean value, half a like half as much, a dislike as much against', () => {
      const [like, half, dislike] = [1, 0.5, -1].map((strength) => weights.strengthsOf([entry(0, strength)])[0]!);
      // Of one interaction, with an item of three users: (1 / n̄)^−½ (3 / m̄)^−½; float32 rounds at 6e-8.
      const { typicalActivity, typicalPopularity } = weights.parameters;
      expect(like).toBeCloseTo(Math.sqrt((typicalActivity * typicalPopularity) / 3), 6);
      expect(half).toBe(like! / 2);
      expect(dislike).toBe(-like!);
    });

    test('few stars are a dislike, of their own strength', () => {
      const [rated] = weights.strengthsOf([entry(0, -0.8, 0.5)]);
      const [said] = weights.strengthsOf([entry(0, -0.8)]);
      expect(rated).toBe(said);
    });
  });
});
