import type { Numbers } from './ranking.ts';

/** Double-precision twin of the embedding look-up: the given rows of `table`, one after another. */
export function referenceGather(table: Numbers, rank: number, rows: Numbers): number[] {
  return Array.from(rows).flatMap((row) => Array.from({ length: rank }, (_, i) => table[row * rank + i]!));
}

/**
 * Double-precision twin of the embedding bag: Σ w y of each bag, divided by Σ w for `mean`; zero where a bag is empty,
 * or a mean's weights sum to 0.
 */
export function referenceEmbeddingBag(
  table: Numbers,
  rank: number,
  bags: { offsets: Numbers; rows: Numbers; weights: Numbers; mode: 'sum' | 'mean' },
): number[] {
  const { offsets, rows, weights, mode } = bags;
  return Array.from({ length: offsets.length - 1 }).flatMap((_, bag) => {
    const sums = Array.from({ length: rank }, () => 0);
    let weightSum = 0;
    for (let entry = offsets[bag]!; entry < offsets[bag + 1]!; entry++) {
      weightSum += weights[entry]!;
      for (let i = 0; i < rank; i++) sums[i]! += weights[entry]! * table[rows[entry]! * rank + i]!;
    }
    if (mode === 'sum') return sums;
    return weightSum === 0 ? sums.map(() => 0) : sums.map((sum) => sum / weightSum);
  });
}
