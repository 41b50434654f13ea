import { isMasked } from './item-mask.ts';

/** The best rows so far and their scores, best first, ties to the lower row; as many at most as there are places. */
export interface TopKList {
  readonly rows: Uint32Array;
  readonly scores: Float32Array;
}

/**
 * Offers a row to a list; rows come in ascending order, so that one goes behind those of the same score. NaN is never
 * kept. Nearly every row costs one comparison.
 *
 * @param kept how many places are filled
 * @returns how many are filled now
 */
export function offer({ rows, scores }: TopKList, kept: number, row: number, score: number): number {
  const k = rows.length;
  if (Number.isNaN(score) || (kept === k && !(score > scores[k - 1]!))) return kept;
  let place = 0;
  for (let end = kept; place < end;) {
    const middle = (place + end) >> 1;
    if (scores[middle]! >= score) place = middle + 1;
    else end = middle;
  }
  rows.copyWithin(place + 1, place);
  scores.copyWithin(place + 1, place);
  rows[place] = row;
  scores[place] = score;
  return Math.min(k, kept + 1);
}

/**
 * The exact best of `scores`, as many as `target` has places, masked rows and NaN left out: best first, ties to the
 * lower row.
 *
 * @param mask bit `row % 32` of word `floor(row / 32)` set: left out
 * @returns how many places were filled
 */
export function selectTopK(scores: Float32Array, mask: Uint32Array | null, target: TopKList): number {
  let kept = 0;
  for (const [row, score] of scores.entries()) {
    if (mask === null || !isMasked(mask, row)) kept = offer(target, kept, row, score);
  }
  return kept;
}
