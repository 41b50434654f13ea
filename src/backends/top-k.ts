import { isMasked } from './item-mask.ts';

/** The best rows so far and their scores, best first; ties go to the lower row. The arrays' length is the limit. */
export interface TopKList {
  readonly rows: Uint32Array;
  readonly scores: Float32Array;
}

/**
 * Offers a row to a list. Rows must be offered in ascending order, because a row is placed after rows with the same
 * score. NaN is never kept. Nearly every row costs one comparison.
 *
 * @param kept how many places are filled
 * @returns how many places are filled afterwards
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
 * Fills `target` with the exact best of `scores`, without masked rows and NaN: best first, ties go to the lower row.
 *
 * @param mask excluded items (`item-mask.ts`); null: none
 * @returns how many places were filled
 */
export function selectTopK(scores: Float32Array, mask: Uint32Array | null, target: TopKList): number {
  let kept = 0;
  for (const [row, score] of scores.entries()) {
    if (mask === null || !isMasked(mask, row)) kept = offer(target, kept, row, score);
  }
  return kept;
}
