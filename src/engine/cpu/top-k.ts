import { isMasked } from '../item-mask.ts';

/** The rows kept so far and their scores: a heap with the worst on top, so that nearly every row costs one comparison. */
export interface TopKHeap {
  readonly rows: Uint32Array;
  readonly scores: Float32Array;
}

/** Whether the entry at `left` ranks below that at `right`. */
function isWorse({ rows, scores }: TopKHeap, left: number, right: number): boolean {
  const difference = scores[left]! - scores[right]!;
  // Equal infinities differ by no number.
  return difference < 0 || (scores[left] === scores[right] && rows[left]! > rows[right]!);
}

function exchange({ rows, scores }: TopKHeap, left: number, right: number): void {
  for (const array of [rows, scores]) [array[left], array[right]] = [array[right]!, array[left]!];
}

function siftDown(heap: TopKHeap, count: number): void {
  let place = 0;
  for (let child = 1; child < count; child = 2 * place + 1) {
    if (child + 1 < count && isWorse(heap, child + 1, child)) child++;
    if (!isWorse(heap, child, place)) return;
    exchange(heap, child, place);
    place = child;
  }
}

/**
 * Offers a row to a heap of at most `rows.length`; rows come in ascending order, so at equal scores the row already
 * kept is the lower one and stays. NaN is never kept.
 *
 * @param kept how many are kept
 * @returns how many are kept now
 */
export function offer(heap: TopKHeap, kept: number, row: number, score: number): number {
  const { rows, scores } = heap;
  if (kept === rows.length) {
    if (score > scores[0]!) {
      rows[0] = row;
      scores[0] = score;
      siftDown(heap, kept);
    }
    return kept;
  }
  if (Number.isNaN(score)) return kept;
  rows[kept] = row;
  scores[kept] = score;
  for (let place = kept; place > 0;) {
    const parent = (place - 1) >> 1;
    if (!isWorse(heap, place, parent)) break;
    exchange(heap, place, parent);
    place = parent;
  }
  return kept + 1;
}

/** Turns a heap of `kept` into a list: best first, ties to the lower row. */
export function sortTopK(heap: TopKHeap, kept: number): void {
  for (let last = kept - 1; last > 0; last--) {
    exchange(heap, 0, last);
    siftDown(heap, last);
  }
}

/**
 * The exact best of `scores`, as many as `target` has places, masked rows and NaN left out: best first, ties to the
 * lower row.
 *
 * @param mask bit `row % 32` of word `floor(row / 32)` set: left out
 * @returns how many places were filled
 */
export function selectTopK(scores: Float32Array, mask: Uint32Array | null, target: TopKHeap): number {
  let kept = 0;
  for (const [row, score] of scores.entries()) {
    if (mask === null || !isMasked(mask, row)) kept = offer(target, kept, row, score);
  }
  sortTopK(target, kept);
  return kept;
}
