/*
 * Rows of eight-bit codes q with a step s, y ≈ s q, and an error E that bounds what the codes may be wrong by: for
 * every query x that `compressQuery` takes, |d − a| ≤ |x| E, where d is the dot product of `row-pass.ts` as it is
 * rounded, and a the one of the codes as it is rounded. E has four parts:
 *
 *   |y − s q|                  as |x·y − x·(s q)| ≤ |x| |y − s q| (Cauchy–Schwarz)
 *   |s q| √rank 1.6e-5         what the query's own codes, of sixteen bits, may be wrong by
 *   |y| (rank + 32) 2⁻²³       every rounding of d, of a, and of |y − s q|
 *   1e-17                      where products are too small for single precision
 *
 * Four rows make a block of `bytes + 32` bytes: four steps, four errors, then eight codes of each row in turn.
 */
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

/** The largest magnitude; NaN where there is one. */
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

/** Codes, step and error of one of the four rows of a block. */
function compressRow(y: usize, bytes: usize, block: usize, lane: usize): void {
  const rank = bytes >> 2;
  const largest = largestOf(y, bytes);
  // False for NaN too.
  const isCoded = largest >= smallestNorm && largest * sqrt(<f32>rank) <= largestNorm;
  const step: f32 = isCoded ? largest / 127 : 0;
  const steps = f32x4.splat(step);
  const inverse = f32x4.splat(isCoded ? 127 / largest : 0);
  let squared = f32x4.splat(0);
  let target = block + 32 + (lane << 3);
  for (let i: usize = 0; i < bytes; i += 32) {
    const y0 = v128.load(y + i);
    const y1 = v128.load(y + i, 16);
    const q0 = f32x4.nearest(f32x4.mul(y0, inverse));
    const q1 = f32x4.nearest(f32x4.mul(y1, inverse));
    const e0 = f32x4.sub(y0, f32x4.mul(steps, q0));
    const e1 = f32x4.sub(y1, f32x4.mul(steps, q1));
    squared = f32x4.add(squared, f32x4.add(f32x4.mul(e0, e0), f32x4.mul(e1, e1)));
    const words = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(q0), i32x4.trunc_sat_f32x4_s(q1));
    v128.store64_lane(target, i8x16.narrow_i16x8_s(words, words), 0);
    target += 32;
  }
  const rest = sqrt(sumLanes(squared)) * 1.001;
  const whole = norm(y, bytes) + rest;
  const error = rest + whole * (sqrt(<f32>rank) * 1.6e-5 + <f32>(rank + 32) * 1.2e-7) + 1e-17;
  store<f32>(block + (lane << 2), step);
  // A row that has no codes is never ruled out by its bound.
  store<f32>(block + (lane << 2), isCoded || largest < smallestNorm ? error : <f32>Infinity, 16);
}

/** Codes of the rows `first … end` of `factors`, both multiples of four. */
export function compressRows(factors: usize, bytes: usize, first: usize, end: usize, codes: usize): void {
  for (let row = first; row < end; row++) {
    compressRow(factors + row * bytes, bytes, codes + (row >> 2) * (bytes + 32), row & 3);
  }
}

/** Whether the block of `row` has its codes: no error is 0. */
export function areCompressed(codes: usize, bytes: usize, row: usize): bool {
  return load<f32>(codes + (row >> 2) * (bytes + 32), 16) != 0;
}

/**
 * Sixteen-bit codes of a query, and what they are in units of.
 *
 * @param target two f32, the step and an upper bound of |x|, then `bytes / 4` codes from 16 on
 * @returns false where the query is too long or too short for the bounds to hold
 */
export function compressQuery(x: usize, bytes: usize, target: usize): bool {
  const length = norm(x, bytes);
  if (!(length >= smallestNorm && length <= largestNorm)) return false;
  const largest = largestOf(x, bytes);
  const inverse = f32x4.splat(32_767 / largest);
  for (let i: usize = 0; i < bytes; i += 32) {
    const q0 = f32x4.nearest(f32x4.mul(v128.load(x + i), inverse));
    const q1 = f32x4.nearest(f32x4.mul(v128.load(x + i, 16), inverse));
    v128.store(
      target + (i >> 1),
      i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(q0), i32x4.trunc_sat_f32x4_s(q1)),
      16,
    );
  }
  store<f32>(target, largest / 32_767);
  store<f32>(target, length * 1.0001, 4);
  return true;
}

/** The least number that four rows' dot products with a query, as `dot4` rounds them, are known not to exceed. */
@inline
export function upperBounds(query: usize, block: usize, bytes: usize): v128 {
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let place = block;
  let x = query;
  const end = query + (bytes >> 1);
  for (; x + 32 <= end; x += 32) {
    const codes = v128.load(x, 16);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(codes, v128.load_ext<i8>(place, 32)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(codes, v128.load_ext<i8>(place, 40)));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(codes, v128.load_ext<i8>(place, 48)));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(codes, v128.load_ext<i8>(place, 56)));
    const more = v128.load(x, 32);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(more, v128.load_ext<i8>(place, 64)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(more, v128.load_ext<i8>(place, 72)));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(more, v128.load_ext<i8>(place, 80)));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(more, v128.load_ext<i8>(place, 88)));
    place += 64;
  }
  if (x < end) {
    const codes = v128.load(x, 16);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(codes, v128.load_ext<i8>(place, 32)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(codes, v128.load_ext<i8>(place, 40)));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(codes, v128.load_ext<i8>(place, 48)));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(codes, v128.load_ext<i8>(place, 56)));
  }
  // Sums of the four vectors' lanes, by a 4 × 4 transpose.
  const low01 = v128.shuffle<i32>(s0, s1, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(s0, s1, 2, 6, 3, 7);
  const low23 = v128.shuffle<i32>(s2, s3, 0, 4, 1, 5);
  const high23 = v128.shuffle<i32>(s2, s3, 2, 6, 3, 7);
  const sum01 = i32x4.add(low01, high01);
  const sum23 = i32x4.add(low23, high23);
  const sums = i32x4.add(v128.shuffle<i32>(sum01, sum23, 0, 1, 4, 5), v128.shuffle<i32>(sum01, sum23, 2, 3, 6, 7));
  const steps = f32x4.mul(v128.load(block), v128.load32_splat(query));
  return f32x4.add(
    f32x4.mul(f32x4.convert_i32x4_s(sums), steps),
    f32x4.mul(v128.load(block, 16), v128.load32_splat(query, 4)),
  );
}
