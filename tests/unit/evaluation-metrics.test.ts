import { describe, expect, test } from 'vitest';
import { meanMetrics, metricsOf, ndcgAt, recallAt } from '../../src/engine/evaluation/metrics.ts';

const list = (ranked: number[], targets: number[]) => ({ ranked, targets: new Set(targets) });

describe('ndcgAt', () => {
  test.each([
    // Places 1 and 3 of three targets: (1 + 1/2) / (1 + 1/log2(3) + 1/2).
    ['two of three found', 5, [7, 0, 8, 1, 2], [7, 8, 9], 1.5 / (1.5 + 1 / Math.log2(3))],
    // One place only, so one target is the best there can be.
    ['more targets than places', 1, [7, 8], [7, 8, 9], 1],
    ['the ideal list', 10, [9, 8, 7, 0], [7, 8, 9], 1],
    ['found at the last place that counts', 4, [0, 1, 2, 7], [7], 1 / Math.log2(5)],
    ['found one place too late', 3, [0, 1, 2, 7], [7], 0],
    ['a list shorter than k', 10, [0, 7], [7], 1 / Math.log2(3)],
    ['an empty list', 10, [], [7], 0],
    ['no targets', 10, [1, 2], [], 0],
  ])('%s', (_what, k, ranked, targets, expected) => {
    expect(ndcgAt(k, list(ranked, targets))).toBeCloseTo(expected, 14);
  });
});

describe('recallAt', () => {
  test.each([
    ['two of three', 5, [7, 0, 8, 1, 2], [7, 8, 9], 2 / 3],
    ['more targets than places', 2, [7, 0, 8], [7, 8, 9], 1 / 2],
    ['found one place too late', 3, [0, 1, 2, 7], [7], 0],
    ['a list shorter than k', 10, [7], [7, 8], 1 / 2],
    ['an empty list', 10, [], [7], 0],
    ['no targets', 10, [1, 2], [], 0],
  ])('%s', (_what, k, ranked, targets, expected) => {
    expect(recallAt(k, list(ranked, targets))).toBeCloseTo(expected, 14);
  });
});

test('each measure looks at its own number of places', () => {
  const ranked = Array.from({ length: 100 }, (_, place) => place);
  const at = (place: number) => metricsOf(list(ranked, [place - 1]));
  expect(at(11)).toEqual({ 'ndcg@10': 0, 'ndcg@100': 1 / Math.log2(12), 'recall@20': 1, 'recall@50': 1 });
  expect(at(21)).toMatchObject({ 'recall@20': 0, 'recall@50': 1 });
  expect(at(51)).toMatchObject({ 'ndcg@100': 1 / Math.log2(52), 'recall@50': 0 });
});

test('the mean is over users', () => {
  const one = { 'ndcg@10': 1, 'ndcg@100': 0.5, 'recall@20': 0.25, 'recall@50': 0 };
  const other = { 'ndcg@10': 0, 'ndcg@100': 0, 'recall@20': 0.25, 'recall@50': 1 };
  expect(meanMetrics([one, other])).toEqual({ 'ndcg@10': 0.5, 'ndcg@100': 0.25, 'recall@20': 0.25, 'recall@50': 0.5 });
  expect(meanMetrics([])).toEqual({ 'ndcg@10': 0, 'ndcg@100': 0, 'recall@20': 0, 'recall@50': 0 });
});
