import type { FactorModel } from '../model/factor-model.ts';
import { integerWithin } from '../model/fit-options.ts';
import { mostChosen } from './popular-items.ts';

/** Options of `starterItems`. */
export interface StarterOptions {
  /** How many items, 1 or more; default 24. Fewer come back only where the catalogue holds fewer. */
  readonly count?: number;
  /** How many of the most chosen items to choose from, 1 or more; default 200, and never fewer than `count`. */
  readonly candidates?: number;
}

/**
 * A varied, well-known set to ask a new visitor about. Greedy: the most chosen item first, then again and again the
 * candidate with the largest (distance to the nearest one taken) × √(share of the most chosen one's users), where
 * distance is 1 − cosine. Ties to the lower row, so the set depends on the model alone.
 *
 * @throws {InvalidOptionError} `count` or `candidates` below 1
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
