import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measureNames, metricNamed, MetricSums } from '../../../src/evaluation/metrics.ts';
import { InvalidOptionError } from '../../../src/errors.ts';

/** `x` for a target, `.` for anything else, best first. */
function measured(metric: string, places: string, targetCount: number): number {
  const hits = Uint8Array.from(places, (place) => (place === 'x' ? 1 : 0));
  return metricNamed(metric).of({ hits, targetCount });
}

describe('by hand', () => {
  test.each([
    // Places 1 and 3 of three targets: (1 + 1/2) / (1 + 1/log2(3) + 1/2).
    ['ndcg@5', 'x.x..', 3, 1.5 / (1.5 + 1 / Math.log2(3)), 'two of three found'],
    ['ndcg@1', 'xx', 3, 1, 'one place only, so one target is the best there can be'],
    ['ndcg@10', 'xxx.', 3, 1, 'the ideal list'],
    ['ndcg@4', '...x', 1, 1 / Math.log2(5), 'found at the last place that counts'],
    ['ndcg@3', '...x', 1, 0, 'found one place too late'],
    ['ndcg@10', '.x', 1, 1 / Math.log2(3), 'a list shorter than k'],
    ['ndcg@10', '', 1, 0, 'an empty list'],
    ['recall@5', 'x.x..', 3, 2 / 3, 'two of three'],
    ['recall@2', 'x.x', 4, 1 / 4, 'divided by all targets, more than there are places'],
    ['recall-capped@2', 'x.x', 4, 1 / 2, 'divided by what could stand there'],
    ['recall-capped@5', 'x.x..', 3, 2 / 3, 'fewer targets than places: the same as recall'],
    ['recall@2', '..x', 1, 0, 'found one place too late'],
    ['recall@10', 'x', 2, 1 / 2, 'a list shorter than k'],
    ['precision@4', 'x.x.x', 3, 2 / 4, 'two of four places'],
    ['precision@10', 'x', 1, 1 / 10, 'divided by k where the list is shorter'],
    // Places 1, 3 and 4: (1/1 + 2/3 + 3/4) / 3.
    ['map@5', 'x.xx.', 3, (1 + 2 / 3 + 3 / 4) / 3, 'three found'],
    ['map@3', 'x.xx.', 5, (1 + 2 / 3) / 3, 'divided by the places, where the targets are more'],
    ['map@5', '.x', 4, 1 / 2 / 4, 'divided by the targets, where the places are more'],
    ['hit@2', '.x', 9, 1, 'found'],
    ['hit@1', '.x', 9, 0, 'found one place too late'],
  ])('%s of "%s" with %d targets', (metric, places, targetCount, expected, _why) => {
    expect(measured(metric, places, targetCount)).toBeCloseTo(expected, 14);
  });
});

test('every measure is from 0 to 1, looks at k places only, and does not fall where a target moves up', () => {
  const list = fc.array(fc.boolean(), { maxLength: 30 });
  fc.assert(
    fc.property(
      fc.constantFrom(...measureNames),
      fc.integer({ min: 1, max: 12 }),
      list,
      fc.nat(20),
      (name, k, found, more) => {
        const hits = Uint8Array.from(found, Number);
        const targetCount = Math.max(1, found.filter(Boolean).length + more);
        const metric = metricNamed(`${name}@${k}`);
        const value = metric.of({ hits, targetCount });
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1 + 1e-12);
        expect(metric.of({ hits: hits.subarray(0, k), targetCount })).toBe(value);
        const up = hits.slice();
        const place = found.findIndex((isFound, at) => isFound && at > 0 && !found[at - 1]);
        if (place > 0) up.copyWithin(place - 1, place, place + 1).fill(0, place, place + 1);
        expect(metric.of({ hits: up, targetCount })).toBeGreaterThanOrEqual(value);
      },
    ),
  );
});

test.each([
  'ndcg',
  'ndcg@',
  'ndcg@0',
  'ndcg@1001',
  'ndcg@1.5',
  'ndcg@ten',
  'ndcg@5@5',
  'auc@10',
  'toString@5',
  '@5',
  '',
])('unknown metric %j is named in the error', (name) => {
  expect(() => metricNamed(name)).toThrow(InvalidOptionError);
  expect(() => metricNamed(name)).toThrow(`Unknown metric ${JSON.stringify(name)}`);
});

describe('MetricSums', () => {
  const metrics = ['hit@1', 'recall@3'].map(metricNamed);
  const list = (places: string) => ({
    hits: Uint8Array.from(places, (place) => (place === 'x' ? 1 : 0)),
    targetCount: 2,
  });

  test('the mean is over lists', () => {
    const sums = new MetricSums(metrics);
    expect(sums.places).toBe(3);
    sums.add(list('x..'));
    sums.add(list('.xx'));
    expect(sums.listCount).toBe(2);
    expect(sums.means()).toEqual({ 'hit@1': 0.5, 'recall@3': 0.75 });
  });

  test('of several sums it is over all their lists', () => {
    const [one, other] = [new MetricSums(metrics), new MetricSums(metrics)];
    for (const places of ['x..', 'x..', 'x..']) one.add(list(places));
    other.add(list('.xx'));
    one.addAll(other);
    expect(one.means()).toEqual({ 'hit@1': 0.75, 'recall@3': 0.625 });
  });

  test('no lists', () => {
    expect(new MetricSums(metrics).means()).toEqual({ 'hit@1': 0, 'recall@3': 0 });
    expect(new MetricSums([]).places).toBe(0);
  });
});
