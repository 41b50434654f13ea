import type { FactorModel } from '../model/factor-model.ts';
import { integerWithin } from '../model/fit-options.ts';
import { mostChosen } from './popular-items.ts';

/** Options of `starterItems`. */
export interface StarterOptions {
  /** How many items, 1 or more; default 24. Fewer are returned only if the catalogue has fewer. */
  readonly count?: number;
  /** How many of the most chosen items to select from, 1 or more; default 200, and at least `count`. */
  readonly candidates?: number;
}

/**
 * Selects a varied set of well-known items to ask a new visitor about. It starts with the most chosen item, then
 * repeatedly takes the candidate with the largest (distance to the nearest item taken) × √(its users / users of the
 * most chosen item), where distance is 1 − cosine. Ties go to the more chosen item, then to the lower row, so the set
 * depends only on the model.
 *
 * @throws {InvalidOptionError} `count` or `candidates` is below 1
 */
export function starterItems(model: FactorModel, options: StarterOptions = {}): string[] {
  const wanted = integerWithin('count', options.count ?? 24, { low: 1 });
  const candidateCount = integerWithin('candidates', options.candidates ?? 200, { low: 1 });
  const pool = [...mostChosen(model, { count: Math.max(wanted, candidateCount) })];
  const most = Math.max(1, model.itemCounts[pool[0] ?? 0] ?? 1);
  const weights = pool.map((row) => Math.sqrt(model.itemCounts[row]! / most));
  const nearest = pool.map(() => Number.POSITIVE_INFINITY);
  const taken: number[] = [];
  let next = 0;
  while (taken.length < wanted && taken.length < pool.length) {
    taken.push(pool[next]!);
    nearest[next] = Number.NEGATIVE_INFINITY;
    let best = Number.NEGATIVE_INFINITY;
    const last = pool[next]!;
    for (const [place, row] of pool.entries()) {
      if (nearest[place] === Number.NEGATIVE_INFINITY) continue;
      const distance = Math.min(nearest[place]!, 1 - cosine(model, row, last));
      nearest[place] = distance;
      const gain = distance * weights[place]!;
      if (gain > best) {
        best = gain;
        next = place;
      }
    }
  }
  return taken.map((row) => model.items.idOf(row));
}

function cosine({ itemFactors, factors }: FactorModel, left: number, right: number): number {
  let dot = 0;
  let leftSquared = 0;
  let rightSquared = 0;
  for (let i = 0; i < factors; i++) {
    const x = itemFactors[left * factors + i]!;
    const y = itemFactors[right * factors + i]!;
    dot += x * y;
    leftSquared += x * x;
    rightSquared += y * y;
  }
  const norms = Math.sqrt(leftSquared * rightSquared);
  return norms === 0 ? 0 : dot / norms;
}
