/**
 * The one place that says what a measure is. Every measure looks at the first `k` places of a ranked list and at how
 * many targets there are; relevance is binary.
 *
 * | name            | of one list                                                                         |
 * |-----------------|-------------------------------------------------------------------------------------|
 * | `ndcg@k`        | Σ 1/log2(place + 1) over found targets, divided by that sum of the best list there   |
 * |                 | is, which has `min(k, targets)` in front (Järvelin and Kekäläinen 2002)             |
 * | `recall@k`      | targets found, divided by all targets                                               |
 * | `recall-capped@k` | targets found, divided by how many could stand there, `min(k, targets)`            |
 * | `precision@k`   | targets found, divided by `k`, also where the list is shorter                       |
 * | `map@k`         | Σ precision at the place of each found target, divided by `min(k, targets)`         |
 * | `hit@k`         | 1 where a target was found, else 0                                                  |
 *
 * The mean of a measure is over lists, each with the same weight.
 */

import { InvalidOptionError } from '../errors.ts';

/** What a measure needs to know of one ranked list. */
export interface ListHits {
  /** By place, best first: 1 for a target, 0 for anything else. A list may be shorter than `k`. */
  readonly hits: Uint8Array;
  /** How many targets there are, found or not; at least 1. */
  readonly targetCount: number;
}

/** A measure at a number of places, e.g. `ndcg@10`. */
export interface Metric {
  readonly name: string;
  /** How many places it looks at. */
  readonly k: number;
  /** 0–1. */
  readonly of: (list: ListHits) => number;
}

/** More places than anybody reads, and few enough for every back end. */
export const maximumPlaces = 1000;

type Measure = (k: number, list: ListHits) => number;

const measures: Readonly<Record<string, Measure>> = {
  ndcg: (k, { hits, targetCount }) => {
    let gain = 0;
    for (let place = 0; place < Math.min(k, hits.length); place++) if (hits[place] === 1) gain += discountOf(place);
    return gain / idealGain(Math.min(k, targetCount));
  },
  recall: (k, list) => found(k, list) / list.targetCount,
  'recall-capped': (k, list) => found(k, list) / Math.min(k, list.targetCount),
  precision: (k, list) => found(k, list) / k,
  map: (k, { hits, targetCount }) => {
    let sum = 0;
    let count = 0;
    for (let place = 0; place < Math.min(k, hits.length); place++) {
      if (hits[place] === 1) sum += ++count / (place + 1);
    }
    return sum / Math.min(k, targetCount);
  },
  hit: (k, list) => (found(k, list) > 0 ? 1 : 0),
};

/** The names that may stand before `@k`. */
export const measureNames: readonly string[] = Object.keys(measures);

/** @throws {InvalidOptionError} an unknown measure, or a number of places out of range */
export function metricNamed(name: string): Metric {
  const [measureName = '', places = '', ...more] = name.split('@');
  const measure = Object.hasOwn(measures, measureName) ? measures[measureName] : undefined;
  const k = /^\d{1,4}$/u.test(places) ? Number(places) : 0;
  if (measure === undefined || more.length > 0 || k < 1 || k > maximumPlaces) {
    throw new InvalidOptionError(
      `Unknown metric ${JSON.stringify(name)}. A metric is ${measureNames.join(', ')} with @ and a number of places ` +
        `from 1 to ${maximumPlaces}, such as ndcg@20.`,
    );
  }
  return { name: `${measureName}@${k}`, k, of: (list) => measure(k, list) };
}

/** Sums of measures over lists, for their means. */
export class MetricSums {
  readonly metrics: readonly Metric[];
  readonly #sums: Float64Array;
  #listCount = 0;

  constructor(metrics: readonly Metric[]) {
    this.metrics = metrics;
    this.#sums = new Float64Array(metrics.length);
  }

  get listCount(): number {
    return this.#listCount;
  }

  /** How long a list has to be for all measures. */
  get places(): number {
    return Math.max(0, ...this.metrics.map(({ k }) => k));
  }

  add(list: ListHits): void {
    for (const [index, metric] of this.metrics.entries()) this.#sums[index]! += metric.of(list);
    this.#listCount++;
  }

  /** Adds the lists of another of the same measures. */
  addAll(other: MetricSums): void {
    for (const [index, sum] of other.#sums.entries()) this.#sums[index]! += sum;
    this.#listCount += other.#listCount;
  }

  /** The mean of each measure by name; 0 where there are no lists. */
  means(): Record<string, number> {
    return Object.fromEntries(
      this.metrics.map(({ name }, index) => [name, this.#listCount === 0 ? 0 : this.#sums[index]! / this.#listCount]),
    );
  }
}

function found(k: number, { hits }: ListHits): number {
  let count = 0;
  for (let place = 0; place < Math.min(k, hits.length); place++) count += hits[place]!;
  return count;
}

const discounts = Float64Array.from({ length: maximumPlaces }, (_, place) => 1 / Math.log2(place + 2));

function discountOf(place: number): number {
  return discounts[place]!;
}

const idealGains = new Float64Array(maximumPlaces + 1);
for (let places = 0; places < maximumPlaces; places++)
  idealGains[places + 1] = idealGains[places]! + discounts[places]!;

/** The gain of a list whose first `targets` places are all targets. */
function idealGain(targets: number): number {
  return idealGains[targets]!;
}
