import { describe, expect, test } from 'vitest';
import {
  movielens20M,
  powerLawMatrix,
  powerLawRows,
  userDegrees,
} from '../../../bench/scale/power-law-interactions.ts';

const small = { userCount: 500, itemCount: 300, interactionCount: 12_345, degrees: [5, 250], seed: 7 } as const;

describe('degrees', () => {
  test('add up exactly, within their bounds', () => {
    const degrees = userDegrees(small);
    expect(degrees.reduce((sum, degree) => sum + degree, 0)).toBe(12_345);
    expect(Math.min(...degrees)).toBe(5);
    expect(Math.max(...degrees)).toBeGreaterThan(200);
    expect(Math.max(...degrees)).toBeLessThanOrEqual(250);
  });

  test('are uneven as a power law is: the mean is far above the median', () => {
    const tenth = { ...movielens20M, userCount: 13_849, interactionCount: 2_000_026 };
    const degrees = userDegrees(tenth).sort();
    const sum = degrees.reduce((total, degree) => total + degree, 0);
    expect(sum).toBe(2_000_026);
    expect(degrees[0]).toBe(20);
    expect(degrees.at(-1)).toBeGreaterThan(8000);
    expect(sum / degrees.length).toBeGreaterThan(2 * degrees[degrees.length >> 1]!);
  });

  test.each([499 * 5, 500 * 250 + 1])('%d interactions cannot be had', (interactionCount) => {
    expect(() => userDegrees({ ...small, interactionCount })).toThrow(RangeError);
  });

  test.each([500 * 5, 500 * 250])('the bounds themselves can: %d', (interactionCount) => {
    const degrees = userDegrees({ ...small, interactionCount });
    expect(new Set(degrees)).toEqual(new Set([interactionCount / 500]));
  });
});

describe('rows', () => {
  test('ascend strictly, so that no item stands twice, and stay within the catalogue', () => {
    let rowCount = 0;
    for (const row of powerLawRows(small)) {
      rowCount++;
      for (let at = 1; at < row.length; at++) expect(row[at]).toBeGreaterThan(row[at - 1]!);
      expect(row.at(-1)).toBeLessThan(300);
    }
    expect(rowCount).toBe(500);
  });

  test('the same seed gives the same matrix, another seed another', () => {
    const matrix = powerLawMatrix(small);
    expect(powerLawMatrix(small)).toEqual(matrix);
    expect(powerLawMatrix({ ...small, seed: 8 }).columns).not.toEqual(matrix.columns);
    expect(matrix.nonZeroCount).toBe(12_345);
    expect(matrix.rowOffsets.at(-1)).toBe(12_345);
  });

  test('a few items are popular, and they are not the first ones', () => {
    const shape = { userCount: 4000, itemCount: 3000, interactionCount: 40_000, degrees: [5, 500], seed: 1 } as const;
    const counts = new Uint32Array(shape.itemCount);
    for (const item of powerLawMatrix(shape).columns) counts[item]!++;
    const firstThird = counts.subarray(0, 1000).reduce((sum, count) => sum + count, 0);
    counts.sort().reverse();
    // (r + 400)^−2 over 3,000 ranks: the first third has 81 % of the mass.
    const popularThird = counts.subarray(0, 1000).reduce((sum, count) => sum + count, 0);
    expect(popularThird / 40_000).toBeGreaterThan(0.75);
    expect(popularThird / 40_000).toBeLessThan(0.9);
    expect(firstThird / 40_000).toBeLessThan(0.5);
  });
});
