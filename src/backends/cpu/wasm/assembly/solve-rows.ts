import { addEntries, dot } from './row-pass';

/**
 * Entries of a row that are summed in single precision before they are added to a double, so that rounding errors do
 * not grow with the length of the row.
 */
const blockEntries: usize = 1024;

/** The preconditioner's floor, relative to its largest element: smaller ones are rounding noise of single precision. */
const preconditionerFloor: f32 = 1e-6;

/** A row stops below this rᵀ M⁻¹ r: a step would gain nothing, and dividing by it is not safe. */
const solvedResidual: f32 = 1e-30;

/** `addEntries` for rows of any length; `wide` has room for `bytes / 4` doubles. */
function addRow(
  target: usize,
  x: usize,
  fixed: usize,
  bytes: usize,
  columns: usize,
  a: usize,
  b: usize,
  first: usize,
  end: usize,
  aWeight: f32,
  bWeight: f32,
  wide: usize,
): void {
  if (end - first <= blockEntries) {
    addEntries(target, x, fixed, bytes, columns, a, b, first, end, aWeight, bWeight);
    return;
  }
  for (let i: usize = 0; i < bytes; i += 8) {
    v128.store(wide + 2 * i, f64x2.promote_low_f32x4(v128.load64_zero(target + i)));
  }
  for (; first < end; first += blockEntries) {
    memory.fill(target, 0, bytes);
    addEntries(target, x, fixed, bytes, columns, a, b, first, min(end, first + blockEntries), aWeight, bWeight);
    for (let i: usize = 0; i < bytes; i += 8) {
      const sum = f64x2.promote_low_f32x4(v128.load64_zero(target + i));
      v128.store(wide + 2 * i, f64x2.add(v128.load(wide + 2 * i), sum));
    }
  }
  for (let i: usize = 0; i < bytes; i += 8) {
    v128.store64_lane(target + i, f32x4.demote_f64x2_zero(v128.load(wide + 2 * i)), 0);
  }
}

/**
 * Solves the rows `first … end` of (S + λ I + Σ a y yᵀ) x = Σ b y by conjugate gradient from the current `factors`.
 *
 * With `isDiagonal`, `system` is the diagonal of S = α₀ Λ (EW-PCG: the factors are in the eigenbasis of the Gramian)
 * and M = S + λ I is the preconditioner; otherwise `system` is the matrix S = α₀ G and M = I. A row stops early once rᵀ
 * M⁻¹ r has fallen to `tolerance` times its initial value. Rows without entries become zero.
 *
 * @param offsets u32, one per row and one more; columns, a, b: u32, f32, f32 per entry; lambda: f32 per row
 * @param factors f32 rows to solve, `bytes` apart (a multiple of 32); fixed: the rows of the other side
 * @param scratch room for 8 `bytes`
 */
export function conjugateGradient(
  offsets: usize,
  columns: usize,
  a: usize,
  b: usize,
  lambda: usize,
  factors: usize,
  fixed: usize,
  bytes: usize,
  first: usize,
  end: usize,
  system: usize,
  isDiagonal: bool,
  steps: i32,
  tolerance: f32,
  scratch: usize,
): void {
  const residual = scratch;
  const direction = residual + bytes;
  const product = direction + bytes;
  const diagonal = product + bytes;
  const inverse = diagonal + bytes;
  const wide = inverse + bytes;
  let largest: f32 = 0;
  if (isDiagonal) {
    for (let i: usize = 0; i < bytes; i += 4) largest = max(largest, load<f32>(system + i));
  }

  for (let row = first; row < end; row++) {
    const place = row << 2;
    const x = factors + row * bytes;
    const begin = <usize>load<u32>(offsets + place);
    const stop = <usize>load<u32>(offsets + place, 4);
    if (begin == stop) {
      memory.fill(x, 0, bytes);
      continue;
    }
    const regularization = load<f32>(lambda + place);
    if (isDiagonal) {
      const floor = f32x4.splat((largest + regularization) * preconditionerFloor);
      const isZero = largest + regularization == 0;
      for (let i: usize = 0; i < bytes; i += 16) {
        const sum = f32x4.add(v128.load(system + i), f32x4.splat(regularization));
        v128.store(diagonal + i, sum);
        v128.store(inverse + i, isZero ? f32x4.splat(1) : f32x4.div(f32x4.splat(1), f32x4.max(sum, floor)));
      }
    }

    multiply(residual, x, system, isDiagonal, diagonal, regularization, bytes);
    for (let i: usize = 0; i < bytes; i += 16) v128.store(residual + i, f32x4.neg(v128.load(residual + i)));
    addRow(residual, x, fixed, bytes, columns, a, b, begin, stop, -1, 1, wide);
    precondition(direction, residual, inverse, isDiagonal, bytes);
    let squared = dot(residual, direction, bytes);
    const enough = max(squared * tolerance, solvedResidual);
    for (let step: i32 = 0; step < steps && squared > enough;) {
      multiply(product, direction, system, isDiagonal, diagonal, regularization, bytes);
      addRow(product, direction, fixed, bytes, columns, a, b, begin, stop, 1, 0, wide);
      const curvature = dot(direction, product, bytes);
      if (!(curvature > 0)) break;
      const length = f32x4.splat(squared / curvature);
      for (let i: usize = 0; i < bytes; i += 16) {
        v128.store(x + i, f32x4.add(v128.load(x + i), f32x4.mul(length, v128.load(direction + i))));
      }
      if (++step == steps) break;
      for (let i: usize = 0; i < bytes; i += 16) {
        v128.store(residual + i, f32x4.sub(v128.load(residual + i), f32x4.mul(length, v128.load(product + i))));
      }
      precondition(product, residual, inverse, isDiagonal, bytes);
      const next = dot(residual, product, bytes);
      const turn = f32x4.splat(next / squared);
      for (let i: usize = 0; i < bytes; i += 16) {
        v128.store(direction + i, f32x4.add(v128.load(product + i), f32x4.mul(turn, v128.load(direction + i))));
      }
      squared = next;
    }
  }
}

/** target = (S + λ I) x. */
function multiply(
  target: usize,
  x: usize,
  system: usize,
  isDiagonal: bool,
  diagonal: usize,
  regularization: f32,
  bytes: usize,
): void {
  if (isDiagonal) {
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(target + i, f32x4.mul(v128.load(diagonal + i), v128.load(x + i)));
    }
    return;
  }
  const scale = f32x4.splat(regularization);
  for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, f32x4.mul(scale, v128.load(x + i)));
  // S is symmetric, so S x is the sum of its rows weighted by x: four rows at a time.
  let line = system;
  for (let j: usize = 0; j < bytes; j += 16) {
    const x0 = v128.load32_splat(x + j);
    const x1 = v128.load32_splat(x + j, 4);
    const x2 = v128.load32_splat(x + j, 8);
    const x3 = v128.load32_splat(x + j, 12);
    const line1 = line + bytes;
    const line2 = line1 + bytes;
    const line3 = line2 + bytes;
    for (let i: usize = 0; i < bytes; i += 16) {
      const sum = f32x4.add(
        f32x4.add(f32x4.mul(x0, v128.load(line + i)), f32x4.mul(x1, v128.load(line1 + i))),
        f32x4.add(f32x4.mul(x2, v128.load(line2 + i)), f32x4.mul(x3, v128.load(line3 + i))),
      );
      v128.store(target + i, f32x4.add(v128.load(target + i), sum));
    }
    line = line3 + bytes;
  }
}

/** target = M⁻¹ residual. */
function precondition(target: usize, residual: usize, inverse: usize, isDiagonal: bool, bytes: usize): void {
  if (!isDiagonal) {
    memory.copy(target, residual, bytes);
    return;
  }
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(target + i, f32x4.mul(v128.load(residual + i), v128.load(inverse + i)));
  }
}
