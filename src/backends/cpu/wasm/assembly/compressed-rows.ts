/*
 * Rows as eight-bit codes q with a step s, y ≈ s q, and a bound E of their error: for every query x that
 * `compressQuery` accepts, |d − a| ≤ |x| E, where d is the dot product of `row-pass.ts` and a the dot product of the
 * codes, both as rounded by the machine. E is the sum of
 *
 *   |y − s q|                  since |x·y − x·(s q)| ≤ |x| |y − s q| (Cauchy–Schwarz)
 *   |s q| √rank 1.6e-5         the error of the query's own codes, of sixteen bits
 *   |y| (rank + 32) 2⁻²³       the rounding of d, of a and of |y − s q|
 *   1e-17                      products that underflow single precision
 *
 * Sixteen rows make a block of `4 bytes + 128` bytes, in the order in which it is read. For each pair of numbers come
 * the two codes of every row, so that the lanes of a sum are rows; then the steps, then the errors.
 */
@inline
export const blockRows: usize = 16;
@inline
const errorsAt: usize = 64;

const largestNorm: f32 = 1e15;
const smallestNorm: f32 = 1e-15;

@inline
function sumLanes(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

@inline
function largestLane(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/** The largest magnitude; NaN if a number is NaN. */
function largestOf(row: usize, bytes: usize): f32 {
  let largest = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) largest = f32x4.max(largest, f32x4.abs(v128.load(row + i)));
  return largestLane(largest);
}

function norm(row: usize, bytes: usize): f32 {
  let squared = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    const y = v128.load(row + i);
    squared = f32x4.add(squared, f32x4.mul(y, y));
  }
  return sqrt(sumLanes(squared));
}

/** Writes the codes, step and error of one row of a block. */
function compressRow(y: usize, bytes: usize, block: usize, lane: usize): void {
  const rank = bytes >> 2;
  const largest = largestOf(y, bytes);
  // False for NaN too.
  const isCoded = largest >= smallestNorm && largest * sqrt(<f32>rank) <= largestNorm;
  const step: f32 = isCoded ? largest / 127 : 0;
  const steps = f32x4.splat(step);
  const inverse = f32x4.splat(isCoded ? 127 / largest : 0);
  let squared = f32x4.splat(0);
  let target = block + (lane << 1);
  for (let i: usize = 0; i < bytes; i += 32) {
    const y0 = v128.load(y + i);
    const y1 = v128.load(y + i, 16);
    const q0 = f32x4.nearest(f32x4.mul(y0, inverse));
    const q1 = f32x4.nearest(f32x4.mul(y1, inverse));
    const e0 = f32x4.sub(y0, f32x4.mul(steps, q0));
    const e1 = f32x4.sub(y1, f32x4.mul(steps, q1));
    squared = f32x4.add(squared, f32x4.add(f32x4.mul(e0, e0), f32x4.mul(e1, e1)));
    const words = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(q0), i32x4.trunc_sat_f32x4_s(q1));
    const codes = i8x16.narrow_i16x8_s(words, words);
    v128.store16_lane(target, codes, 0);
    v128.store16_lane(target, codes, 1, 32);
    v128.store16_lane(target, codes, 2, 64);
    v128.store16_lane(target, codes, 3, 96);
    target += 128;
  }
  const rest = sqrt(sumLanes(squared)) * 1.001;
  const whole = norm(y, bytes) + rest;
  const error = rest + whole * (sqrt(<f32>rank) * 1.6e-5 + <f32>(rank + 32) * 1.2e-7) + 1e-17;
  const place = block + (bytes << 2) + (lane << 2);
  store<f32>(place, step);
  // A row without codes has an infinite bound, unless it is nearly zero: such a row is never ruled out.
  store<f32>(place, isCoded || largest < smallestNorm ? error : <f32>Infinity, errorsAt);
}

@inline
export function blockOf(codes: usize, bytes: usize, row: usize): usize {
  return codes + (row / blockRows) * ((bytes << 2) + 128);
}

/** Makes the codes of the rows `first … end` of `factors` unless they exist; both are multiples of `blockRows`. */
export function compressRows(factors: usize, bytes: usize, first: usize, end: usize, codes: usize): void {
  // The error of a coded row is never 0.
  if (first == end || load<f32>(blockOf(codes, bytes, first) + (bytes << 2), errorsAt) != 0) return;
  for (let row = first; row < end; row++) {
    compressRow(factors + row * bytes, bytes, blockOf(codes, bytes, row), row % blockRows);
  }
}

/** The state of a query while items are ranked for it. Its waiting rows and its codes follow in memory. */
@unmanaged
export class QueryState {
  /** The unit of its codes. */
  step: f32;
  /** An upper bound of |x|. */
  length: f32;
  /** The worst score kept; NaN while the heap is not full, because every comparison with NaN is false. */
  worst: f32;
  x: usize;
  mask: usize;
  heap: usize;
  kept: usize;
  /** Rows that wait to be scored four at a time: they lie far apart in memory, and the four reads overlap. */
  waitingCount: usize;
}

@inline
export const waitingAt: usize = 32;
@inline
const queryCodesAt: usize = 48;
/** Bytes of a query's state with its waiting rows; its codes follow. */
@inline
export const queryStateBytes: usize = 48;

/**
 * Writes the sixteen-bit codes of a query, `bytes / 2` bytes, after its state.
 *
 * @returns false if the query is too long or too short for the bounds to hold
 */
export function compressQuery(state: QueryState, bytes: usize): bool {
  const x = state.x;
  const length = norm(x, bytes);
  if (!(length >= smallestNorm && length <= largestNorm)) return false;
  const largest = largestOf(x, bytes);
  const inverse = f32x4.splat(32_767 / largest);
  let target = changetype<usize>(state);
  for (let i: usize = 0; i < bytes; i += 32) {
    const q0 = f32x4.nearest(f32x4.mul(v128.load(x + i), inverse));
    const q1 = f32x4.nearest(f32x4.mul(v128.load(x + i, 16), inverse));
    const codes = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(q0), i32x4.trunc_sat_f32x4_s(q1));
    v128.store(target, codes, queryCodesAt);
    target += 16;
  }
  state.step = largest / 32_767;
  state.length = length * 1.0001;
  return true;
}

/** Compares the upper bounds of four rows with the worst score kept; a lane of ones means that the row is ruled out. */
@inline
function areShut(state: QueryState, sums: v128, steps: usize, scales: usize, biases: usize): v128 {
  let bounds = f32x4.add(
    f32x4.mul(f32x4.convert_i32x4_s(sums), f32x4.mul(v128.load(steps), f32x4.splat(state.step))),
    f32x4.mul(v128.load(steps, errorsAt), f32x4.splat(state.length)),
  );
  if (scales) bounds = f32x4.mul(bounds, v128.load(scales));
  if (biases) bounds = f32x4.add(bounds, v128.load(biases));
  // `le` and not the negation of `gt`: an infinite bound times a scale of 0 is NaN, and such a row must not be ruled
  // out.
  return f32x4.le(bounds, f32x4.splat(state.worst));
}

/** A word with a bit set for each row of a block that must be scored, from the sums of four rows each. */
@inline
function openOf(
  state: QueryState,
  s0: v128,
  s1: v128,
  s2: v128,
  s3: v128,
  steps: usize,
  scales: usize,
  biases: usize,
): u32 {
  const shut0 = areShut(state, s0, steps, scales, biases);
  const shut1 = areShut(state, s1, steps + 16, scales ? scales + 16 : 0, biases ? biases + 16 : 0);
  const shut2 = areShut(state, s2, steps + 32, scales ? scales + 32 : 0, biases ? biases + 32 : 0);
  const shut3 = areShut(state, s3, steps + 48, scales ? scales + 48 : 0, biases ? biases + 48 : 0);
  return (
    0xffff ^
    i8x16.bitmask(
      i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(shut0, shut1), i16x8.narrow_i32x4_s(shut2, shut3)),
    )
  );
}

/** A word with a bit set for each row of `block` that must be scored. `scales` and `biases` are those of the block. */
@inline
export function openRows(state: QueryState, block: usize, bytes: usize, scales: usize, biases: usize): u32 {
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let place = block;
  let x = changetype<usize>(state) + queryCodesAt;
  for (const end = x + (bytes >> 1); x < end; x += 4) {
    const codes = v128.load32_splat(x);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(codes, v128.load_ext<i8>(place)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(codes, v128.load_ext<i8>(place, 8)));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(codes, v128.load_ext<i8>(place, 16)));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(codes, v128.load_ext<i8>(place, 24)));
    place += 32;
  }
  return openOf(state, s0, s1, s2, s3, place, scales, biases);
}

/** `openRows` for two queries, with the second's bits in the upper half; the rows' codes are read and widened once. */
@inline
export function openRowsOfTwo(
  state: QueryState,
  other: QueryState,
  block: usize,
  bytes: usize,
  scales: usize,
  biases: usize,
): u32 {
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let t0 = s0;
  let t1 = s0;
  let t2 = s0;
  let t3 = s0;
  let place = block;
  let x = changetype<usize>(state) + queryCodesAt;
  const between = changetype<usize>(other) - changetype<usize>(state);
  for (const end = x + (bytes >> 1); x < end; x += 4) {
    const s = v128.load32_splat(x);
    const t = v128.load32_splat(x + between);
    const y0 = v128.load_ext<i8>(place);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(s, y0));
    t0 = i32x4.add(t0, i32x4.dot_i16x8_s(t, y0));
    const y1 = v128.load_ext<i8>(place, 8);
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(s, y1));
    t1 = i32x4.add(t1, i32x4.dot_i16x8_s(t, y1));
    const y2 = v128.load_ext<i8>(place, 16);
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(s, y2));
    t2 = i32x4.add(t2, i32x4.dot_i16x8_s(t, y2));
    const y3 = v128.load_ext<i8>(place, 24);
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(s, y3));
    t3 = i32x4.add(t3, i32x4.dot_i16x8_s(t, y3));
    place += 32;
  }
  return (
    openOf(state, s0, s1, s2, s3, place, scales, biases) |
    (openOf(other, t0, t1, t2, t3, place, scales, biases) << 16)
  );
}
