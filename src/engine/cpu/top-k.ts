import { isMasked } from '../item-mask.ts';

/**
 * The exact best `k` of `scores`, masked rows left out: best first, ties to the lower row.
 * A heap with the worst kept row on top, so the cost is one comparison for nearly every row.
 *
 * @param mask bit `row % 32` of word `floor(row / 32)` set: left out
 * @returns how many places were filled
 */
export function selectTopK(
  scores: Float32Array,
  options: { k: number; mask: Uint32Array | null },
  target: { rows: Uint32Array; scores: Float32Array },
): number {
  const { k, mask } = options;
  const { rows } = target;
  let count = 0;
  if (k === 0) return 0;

  /** Whether `left` ranks below `right`. */
  const isWorse = (left: number, right: number): boolean => {
    const difference = scores[left]! - scores[right]!;
    return difference < 0 || (difference === 0 && left > right);
  };

  const siftDown = (from: number): void => {
    const row = rows[from]!;
    let place = from;
    for (let child = 2 * place + 1; child < k; child = 2 * place + 1) {
      if (child + 1 < k && isWorse(rows[child + 1]!, rows[child]!)) child++;
      if (!isWorse(rows[child]!, row)) break;
      rows[place] = rows[child]!;
      place = child;
    }
    rows[place] = row;
  };

  let worstKept = 0;
  for (let row = 0; row < scores.length; row++) {
    if (mask !== null && isMasked(mask, row)) continue;
    if (count < k) {
      rows[count++] = row;
      if (count === k) {
        for (let place = (k >>> 1) - 1; place >= 0; place--) siftDown(place);
        worstKept = scores[rows[0]!]!;
      }
    } else if (scores[row]! > worstKept) {
      // Rows come in ascending order, so at equal scores the row already kept is the lower one and stays.
      rows[0] = row;
      siftDown(0);
      worstKept = scores[rows[0]]!;
    }
  }
  rows.subarray(0, count).sort((left, right) => (isWorse(left, right) ? 1 : -1));
  for (let place = 0; place < count; place++) target.scores[place] = scores[rows[place]!]!;
  return count;
}
