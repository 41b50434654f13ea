import { expect, test } from 'vitest';
import { describeMeasurements, measure, quantile, scaleTimes } from '../../../bench/measure.ts';

test('contenders run in turns, after one round that does not count', async () => {
  const calls: string[] = [];
  const contender = (name: string) => ({ name, run: async () => void calls.push(name) });
  const measured = await measure([contender('a'), contender('b')], { rounds: 2 });
  expect(calls.join('')).toBe('ababab');
  expect(measured.map(({ name, times }) => [name, times.length])).toEqual([
    ['a', 2],
    ['b', 2],
  ]);
  for (const { times } of measured) expect(times[0]).toBeLessThanOrEqual(times[1]!);
});

test('a contender may time itself', async () => {
  const own = [9, 5, 3, 7];
  const run = () => Promise.resolve({ elapsedMs: own.shift()! });
  const [measured] = await measure([{ name: 'own clock', run }], { rounds: 3 });
  expect(measured!.times).toEqual([3, 5, 7]);
  expect(scaleTimes(measured!, 2).times).toEqual([6, 10, 14]);
});

test.each([
  [0.5, [1, 2, 3], 2],
  [0.5, [1, 2, 3, 4], 2],
  [0.95, Array.from({ length: 100 }, (_, index) => index + 1), 95],
  [0, [1, 2], 1],
  [1, [1, 2], 2],
])('quantile %d of %j', (share, times, expected) => {
  expect(quantile(times, share)).toBe(expected);
});

test('ratios are speeds, to that of the first contender', () => {
  const lines = describeMeasurements([
    { name: 'one', times: [1, 2, 30] },
    { name: 'two', times: [100, 500, 600] },
  ]);
  expect(lines[0]).toMatch(/one +2\.00 ms {2}\(1\.00–30\.0, 3 runs\) {2}1\.00 × as fast/u);
  expect(lines[1]).toMatch(/two +500 ms {2}\(100–600, 3 runs\) {2}0\.004 × as fast/u);
});
