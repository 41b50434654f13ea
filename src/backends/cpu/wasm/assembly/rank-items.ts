import {
  blockOf,
  blockRows,
  compressQuery,
  compressRows,
  QueryState,
  queryStateBytes,
  openRows,
  openRowsOfTwo,
  waitingAt,
} from './compressed-rows';
import { dot, dot4 } from './row-pass';
import { offer, worstScore } from './top-k-heap';

@inline
function isMasked(mask: usize, row: usize): bool {
  return mask != 0 && ((load<u32>(mask + ((row >> 5) << 2)) >> (<u32>row & 31)) & 1) != 0;
}

/** The score for a dot product, rounded as the vector code does. */
@inline
function scoreOf(product: f32, row: usize, scales: usize, biases: usize): f32 {
  if (scales) product *= load<f32>(scales + (row << 2));
  if (biases) product += load<f32>(biases + (row << 2));
  return product;
}

@inline
function keep(state: QueryState, k: usize, row: usize, score: f32): void {
  state.kept = offer(state.heap, k, state.kept, row, score);
  state.worst = state.kept == k ? worstScore(state.heap) : NaN;
}

/** Scores and offers the rows `first … end`. */
function rankRows(
  state: QueryState,
  factors: usize,
  bytes: usize,
  first: usize,
  end: usize,
  scales: usize,
  biases: usize,
  k: usize,
): void {
  const x = state.x;
  let row = first;
  for (; row + 4 <= end; row += 4) {
    const y = factors + row * bytes;
    let scores = dot4(x, y, y + bytes, y + 2 * bytes, y + 3 * bytes, bytes);
    if (scales) scores = f32x4.mul(scores, v128.load(scales + (row << 2)));
    if (biases) scores = f32x4.add(scores, v128.load(biases + (row << 2)));
    const open = 15 ^ i32x4.bitmask(f32x4.le(scores, f32x4.splat(state.worst)));
    if (open == 0) continue;
    if (open & 1 && !isMasked(state.mask, row)) keep(state, k, row, f32x4.extract_lane(scores, 0));
    if (open & 2 && !isMasked(state.mask, row + 1)) keep(state, k, row + 1, f32x4.extract_lane(scores, 1));
    if (open & 4 && !isMasked(state.mask, row + 2)) keep(state, k, row + 2, f32x4.extract_lane(scores, 2));
    if (open & 8 && !isMasked(state.mask, row + 3)) keep(state, k, row + 3, f32x4.extract_lane(scores, 3));
  }
  for (; row < end; row++) {
    if (isMasked(state.mask, row)) continue;
    keep(state, k, row, scoreOf(dot(x, factors + row * bytes, bytes), row, scales, biases));
  }
}

/** Scores and offers the waiting rows. */
function rankWaiting(state: QueryState, factors: usize, bytes: usize, scales: usize, biases: usize, k: usize): void {
  const rows = changetype<usize>(state) + waitingAt;
  // Places past the count hold earlier rows or 0, which are safe to read.
  const products = dot4(
    state.x,
    factors + <usize>load<u32>(rows) * bytes,
    factors + <usize>load<u32>(rows, 4) * bytes,
    factors + <usize>load<u32>(rows, 8) * bytes,
    factors + <usize>load<u32>(rows, 12) * bytes,
    bytes,
  );
  const count = state.waitingCount;
  state.waitingCount = 0;
  for (let place: usize = 0; place < count; place++) {
    const row = <usize>load<u32>(rows + (place << 2));
    const product = place < 2
      ? place < 1
        ? f32x4.extract_lane(products, 0)
        : f32x4.extract_lane(products, 1)
      : place < 3
        ? f32x4.extract_lane(products, 2)
        : f32x4.extract_lane(products, 3);
    keep(state, k, row, scoreOf(product, row, scales, biases));
  }
}

/** Scores and offers the rows of a block whose bits are set in `open`. */
function rankOpen(
  state: QueryState,
  open: u32,
  first: usize,
  factors: usize,
  bytes: usize,
  scales: usize,
  biases: usize,
  k: usize,
): void {
  for (; open != 0; open &= open - 1) {
    const row = first + <usize>ctz(open);
    if (isMasked(state.mask, row)) continue;
    store<u32>(changetype<usize>(state) + (state.waitingCount << 2), <u32>row, waitingAt);
    if (++state.waitingCount == 4) rankWaiting(state, factors, bytes, scales, biases, k);
  }
}

/** Loads the state of a query: its heap so far, and no waiting rows. */
function prepare(
  state: QueryState,
  query: usize,
  queries: usize,
  bytes: usize,
  mask: usize,
  maskBytes: usize,
  k: usize,
  counts: usize,
  heaps: usize,
): void {
  state.x = queries + query * bytes;
  state.mask = mask + query * maskBytes;
  state.heap = heaps + 8 * k * query;
  state.kept = load<u32>(counts + (query << 2));
  state.worst = state.kept == k ? worstScore(state.heap) : NaN;
  state.waitingCount = 0;
  v128.store(changetype<usize>(state), i32x4.splat(0), waitingAt);
}

/** Ranks the remaining rows for a query: the waiting ones, then `first … end`, which are ranked without codes. */
function finish(
  state: QueryState,
  first: usize,
  end: usize,
  factors: usize,
  bytes: usize,
  scales: usize,
  biases: usize,
  k: usize,
  count: usize,
): void {
  if (state.waitingCount) rankWaiting(state, factors, bytes, scales, biases, k);
  rankRows(state, factors, bytes, first, end, scales, biases, k);
  store<u32>(count, <u32>state.kept);
}

/**
 * Offers the rows `first … end`, `first` a multiple of `blockRows`, to the heap of the best of each query. With codes,
 * a row is scored only if its upper bound is above the worst score kept. Scales are not negative, so scaling, adding a
 * bias and rounding never move a score above its bound: the lists are the same with and without codes.
 *
 * @param mask of the first query; 0: none. The next query's mask is `maskBytes` further
 * @param counts how many places of each heap are filled; updated
 * @param codes room for the codes of all rows, initially zeros; 0: none
 * @param scratch room for 2 (`queryStateBytes` + `bytes / 2`) bytes
 */
export function rankItems(
  queries: usize,
  queryCount: usize,
  factors: usize,
  bytes: usize,
  first: usize,
  end: usize,
  scales: usize,
  biases: usize,
  mask: usize,
  maskBytes: usize,
  k: usize,
  counts: usize,
  heaps: usize,
  codes: usize,
  scratch: usize,
): void {
  const coded = codes ? end - (end % blockRows) : first;
  if (codes) compressRows(factors, bytes, first, coded, codes);
  const one = changetype<QueryState>(scratch);
  const two = changetype<QueryState>(scratch + queryStateBytes + (bytes >> 1));
  for (let query: usize = 0; query < queryCount; query += 2) {
    const hasTwo = query + 1 < queryCount;
    prepare(one, query, queries, bytes, mask, maskBytes, k, counts, heaps);
    if (hasTwo) prepare(two, query + 1, queries, bytes, mask, maskBytes, k, counts, heaps);
    const isOneCoded = codes != 0 && compressQuery(one, bytes);
    const isTwoCoded = hasTwo && codes != 0 && compressQuery(two, bytes);
    for (let row = first; row < coded; row += blockRows) {
      const block = blockOf(codes, bytes, row);
      const place = row << 2;
      const blockScales = scales ? scales + place : 0;
      const blockBiases = biases ? biases + place : 0;
      if (isOneCoded && isTwoCoded) {
        const open = openRowsOfTwo(one, two, block, bytes, blockScales, blockBiases);
        if (open == 0) continue;
        rankOpen(one, open & 0xffff, row, factors, bytes, scales, biases, k);
        rankOpen(two, open >>> 16, row, factors, bytes, scales, biases, k);
      } else if (isOneCoded || isTwoCoded) {
        const state = isOneCoded ? one : two;
        const open = openRows(state, block, bytes, blockScales, blockBiases);
        if (open) rankOpen(state, open, row, factors, bytes, scales, biases, k);
      }
    }
    finish(one, isOneCoded ? coded : first, end, factors, bytes, scales, biases, k, counts + (query << 2));
    if (hasTwo) finish(two, isTwoCoded ? coded : first, end, factors, bytes, scales, biases, k, counts + (query << 2) + 4);
  }
}
