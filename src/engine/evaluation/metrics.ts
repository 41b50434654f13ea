/** The measures that the project reports, in the order in which it prints them. */
export const metricNames = ['ndcg@10', 'ndcg@100', 'recall@20', 'recall@50'] as const;
export type MetricName = (typeof metricNames)[number];

/** One figure a measure, 0–1. */
export type Metrics = Readonly<Record<MetricName, number>>;

/** How long a ranked list has to be for all of `metricNames`. */
export const metricsListLength = 100;

/**
 * Normalised discounted cumulative gain with binary gains: Σ 1/log2(place + 1) over the targets among the first `k`
 * places, divided by that of the best list there is, which has `min(k, targets)` targets in front
 * (Järvelin and Kekäläinen 2002).
 *
 * @param ranked item rows, best first; a list shorter than `k` has nothing in the other places
 * @returns 0–1; 0 where there are no targets
 */
export function ndcgAt(k: number, { ranked, targets }: RankedList): number {
  let gain = 0;
  let idealGain = 0;
  for (let place = 0; place < k; place++) {
    const discount = 1 / Math.log2(place + 2);
    if (place < ranked.length && targets.has(ranked[place]!)) gain += discount;
    if (place < targets.size) idealGain += discount;
  }
  return idealGain === 0 ? 0 : gain / idealGain;
}

/**
 * Targets among the first `k` places, divided by how many could stand there, `min(k, targets)`.
 *
 * @returns 0–1; 0 where there are no targets
 */
export function recallAt(k: number, { ranked, targets }: RankedList): number {
  let found = 0;
  for (let place = 0; place < Math.min(k, ranked.length); place++) if (targets.has(ranked[place]!)) found++;
  return targets.size === 0 ? 0 : found / Math.min(k, targets.size);
}

/** All measures of one list. */
export function metricsOf(list: RankedList): Metrics {
  return {
    'ndcg@10': ndcgAt(10, list),
    'ndcg@100': ndcgAt(100, list),
    'recall@20': recallAt(20, list),
    'recall@50': recallAt(50, list),
  };
}

/** The mean of each measure; all zero for no lists. */
export function meanMetrics(all: readonly Metrics[]): Metrics {
  const mean = { 'ndcg@10': 0, 'ndcg@100': 0, 'recall@20': 0, 'recall@50': 0 };
  for (const metrics of all) for (const name of metricNames) mean[name] += metrics[name] / all.length;
  return mean;
}

/** A ranking and what it should have found. */
export interface RankedList {
  readonly ranked: ArrayLike<number>;
  readonly targets: ReadonlySet<number>;
}
