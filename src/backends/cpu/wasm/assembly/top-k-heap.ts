/*
 * The best rows so far: a heap of u64 entries with the worst on top. The upper half of an entry is the score as an
 * integer in the same order, with equal integers for both zeros; the lower half is the row as an integer in the
 * opposite order. So the greater of two entries ranks first.
 */

@inline
export function entryOf(score: f32, row: usize): u64 {
  // Adding +0 turns −0 into +0.
  const bits = reinterpret<u32>(score + 0);
  const key = bits ^ (<u32>(<i32>bits >> 31) | 0x8000_0000);
  return ((<u64>key) << 32) | <u64>~(<u32>row);
}

@inline
function scoreOf(entry: u64): f32 {
  const key = <u32>(entry >> 32);
  return reinterpret<f32>(key ^ (<u32>(<i32>~key >> 31) | 0x8000_0000));
}

/** Replaces the top of a heap of `count` entries by `entry`. */
function replaceTop(heap: usize, count: usize, entry: u64): void {
  const end = heap + (count << 3);
  let place = heap;
  for (;;) {
    // The children of the entry at heap + 8 i are at heap + 16 i + 8 and 16.
    let child: usize = 2 * place - heap + 8;
    if (child >= end) break;
    let least = load<u64>(child);
    if (child + 8 < end) {
      const sibling = load<u64>(child, 8);
      child += (<usize>(sibling < least)) << 3;
      least = min(least, sibling);
    }
    if (least >= entry) break;
    store<u64>(place, least);
    place = child;
  }
  store<u64>(place, entry);
}

/**
 * Offers a row to a heap of `kept` entries with room for `k`. NaN is never kept.
 *
 * @returns how many entries are kept afterwards
 */
export function offer(heap: usize, k: usize, kept: usize, row: usize, score: f32): usize {
  if (score != score) return kept;
  const entry = entryOf(score, row);
  if (kept == k) {
    if (entry > load<u64>(heap)) replaceTop(heap, k, entry);
    return kept;
  }
  let place = kept;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = load<u64>(heap + (parent << 3));
    if (above <= entry) break;
    store<u64>(heap + (place << 3), above);
    place = parent;
  }
  store<u64>(heap + (place << 3), entry);
  return kept + 1;
}

/** The worst score kept; the heap must not be empty. */
@inline
export function worstScore(heap: usize): f32 {
  return scoreOf(load<u64>(heap));
}

/** Writes the heap as a list, best first, and destroys it. Only the TypeScript twin needs `k`, to find its scores. */
export function sortTopK(heap: usize, k: usize, kept: usize, rows: usize, scores: usize): void {
  for (let last = kept; last > 0; ) {
    last--;
    const entry = load<u64>(heap);
    store<u32>(rows + (last << 2), ~(<u32>entry));
    store<f32>(scores + (last << 2), scoreOf(entry));
    replaceTop(heap, last, load<u64>(heap + (last << 3)));
  }
}
