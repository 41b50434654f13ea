/** Whether `left` ranks below `right`: a lower score, or the same and a higher row. */
@inline
function isWorse(scores: usize, left: u32, right: u32): bool {
  const a = load<f32>(scores + ((<usize>left) << 2));
  const b = load<f32>(scores + ((<usize>right) << 2));
  return a < b || (a == b && left > right);
}

/** Restores the heap of `count` rows, the worst on top, below `place`. */
function siftDown(scores: usize, rows: usize, place: usize, count: usize): void {
  const row = load<u32>(rows + (place << 2));
  for (let child: usize = 2 * place + 1; child < count; child = 2 * place + 1) {
    let candidate = load<u32>(rows + (child << 2));
    if (child + 1 < count) {
      const sibling = load<u32>(rows + (child << 2), 4);
      if (isWorse(scores, sibling, candidate)) {
        candidate = sibling;
        child++;
      }
    }
    if (!isWorse(scores, candidate, row)) break;
    store<u32>(rows + (place << 2), candidate);
    place = child;
  }
  store<u32>(rows + (place << 2), row);
}

@inline
function isMasked(mask: usize, row: usize): bool {
  return mask != 0 && ((load<u32>(mask + ((row >> 5) << 2)) >> (<u32>row & 31)) & 1) != 0;
}

/**
 * As `src/engine/cpu/top-k.ts`: the exact best `k` of `count` f32 scores, best first, ties to the lower row.
 *
 * @param k at least 1
 * @param mask u32 words, a bit a row; 0 where nothing is masked
 * @param rows u32, room for `k`; bestScores f32, room for `k`
 * @returns how many places were filled
 */
export function selectTopK(
  scores: usize,
  count: usize,
  k: usize,
  mask: usize,
  rows: usize,
  bestScores: usize,
): usize {
  let kept: usize = 0;
  let row: usize = 0;
  for (; row < count && kept < k; row++) {
    if (!isMasked(mask, row)) store<u32>(rows + (kept++ << 2), <u32>row);
  }
  for (let place = kept >> 1; place-- > 0; ) siftDown(scores, rows, place, kept);
  if (kept == k) {
    let worst = load<f32>(scores + ((<usize>load<u32>(rows)) << 2));
    while (row < count) {
      // Nearly every row is worse than all that are kept: four of them in one comparison.
      if (row + 4 <= count && !v128.any_true(f32x4.gt(v128.load(scores + (row << 2)), f32x4.splat(worst)))) {
        row += 4;
        continue;
      }
      if (load<f32>(scores + (row << 2)) > worst && !isMasked(mask, row)) {
        store<u32>(rows, <u32>row);
        siftDown(scores, rows, 0, k);
        worst = load<f32>(scores + ((<usize>load<u32>(rows)) << 2));
      }
      row++;
    }
  }
  for (let last = kept; last > 1; ) {
    last--;
    const worstRow = load<u32>(rows);
    store<u32>(rows, load<u32>(rows + (last << 2)));
    store<u32>(rows + (last << 2), worstRow);
    siftDown(scores, rows, 0, last);
  }
  for (let place: usize = 0; place < kept; place++) {
    store<f32>(bestScores + (place << 2), load<f32>(scores + ((<usize>load<u32>(rows + (place << 2))) << 2)));
  }
  return kept;
}
