import { upper } from './row-pass';

/**
 * matrix = Σ y yᵀ over the rows `first … end`; with `adds` the sum is added to matrix. f64, row-major; fills the tiles
 * of 4 × 8 that reach into the lower triangle. 64 rows at a time are summed in single precision, tile by tile in
 * registers.
 */
export function gramian(factors: usize, bytes: usize, first: usize, end: usize, matrix: usize, adds: bool): void {
  const rank = bytes >> 2;
  if (!adds) memory.fill(matrix, 0, (rank * rank) << 3);
  for (; first < end; first += 64) {
    const begin = factors + first * bytes;
    const stop = factors + min(end, first + 64) * bytes;
    for (let i: usize = 0; i < bytes; i += 16) {
      for (let j: usize = 0; j <= i; j += 32) {
        let s00 = f32x4.splat(0);
        let s01 = s00;
        let s10 = s00;
        let s11 = s00;
        let s20 = s00;
        let s21 = s00;
        let s30 = s00;
        let s31 = s00;
        for (let y = begin; y < stop; y += bytes) {
          const y0 = v128.load(y + j);
          const y1 = v128.load(y + j, 16);
          let f = v128.load32_splat(y + i);
          s00 = f32x4.add(s00, f32x4.mul(f, y0));
          s01 = f32x4.add(s01, f32x4.mul(f, y1));
          f = v128.load32_splat(y + i, 4);
          s10 = f32x4.add(s10, f32x4.mul(f, y0));
          s11 = f32x4.add(s11, f32x4.mul(f, y1));
          f = v128.load32_splat(y + i, 8);
          s20 = f32x4.add(s20, f32x4.mul(f, y0));
          s21 = f32x4.add(s21, f32x4.mul(f, y1));
          f = v128.load32_splat(y + i, 12);
          s30 = f32x4.add(s30, f32x4.mul(f, y0));
          s31 = f32x4.add(s31, f32x4.mul(f, y1));
        }
        let line = matrix + ((i >> 2) * rank + (j >> 2)) * 8;
        addWide(line, s00, s01);
        line += rank * 8;
        addWide(line, s10, s11);
        line += rank * 8;
        addWide(line, s20, s21);
        line += rank * 8;
        addWide(line, s30, s31);
      }
    }
  }
}

@inline
function addWide(target: usize, low: v128, high: v128): void {
  v128.store(target, f64x2.add(v128.load(target), f64x2.promote_low_f32x4(low)));
  v128.store(target, f64x2.add(v128.load(target, 16), f64x2.promote_low_f32x4(upper(low))), 16);
  v128.store(target, f64x2.add(v128.load(target, 32), f64x2.promote_low_f32x4(high)), 32);
  v128.store(target, f64x2.add(v128.load(target, 48), f64x2.promote_low_f32x4(upper(high))), 48);
}

/** Replaces the rows `first … end` by their products with `basis` (f32, row-major); `scratch` has room for 4 rows. */
export function rotate(factors: usize, bytes: usize, first: usize, end: usize, basis: usize, scratch: usize): void {
  for (; first + 4 <= end; first += 4) {
    const x = factors + first * bytes;
    const x1 = x + bytes;
    const x2 = x1 + bytes;
    const x3 = x2 + bytes;
    for (let j: usize = 0; j < bytes; j += 32) {
      let s00 = f32x4.splat(0);
      let s01 = s00;
      let s10 = s00;
      let s11 = s00;
      let s20 = s00;
      let s21 = s00;
      let s30 = s00;
      let s31 = s00;
      let line = basis + j;
      for (let i: usize = 0; i < bytes; i += 4) {
        const q0 = v128.load(line);
        const q1 = v128.load(line, 16);
        let f = v128.load32_splat(x + i);
        s00 = f32x4.add(s00, f32x4.mul(f, q0));
        s01 = f32x4.add(s01, f32x4.mul(f, q1));
        f = v128.load32_splat(x1 + i);
        s10 = f32x4.add(s10, f32x4.mul(f, q0));
        s11 = f32x4.add(s11, f32x4.mul(f, q1));
        f = v128.load32_splat(x2 + i);
        s20 = f32x4.add(s20, f32x4.mul(f, q0));
        s21 = f32x4.add(s21, f32x4.mul(f, q1));
        f = v128.load32_splat(x3 + i);
        s30 = f32x4.add(s30, f32x4.mul(f, q0));
        s31 = f32x4.add(s31, f32x4.mul(f, q1));
        line += bytes;
      }
      let target = scratch + j;
      v128.store(target, s00);
      v128.store(target, s01, 16);
      target += bytes;
      v128.store(target, s10);
      v128.store(target, s11, 16);
      target += bytes;
      v128.store(target, s20);
      v128.store(target, s21, 16);
      target += bytes;
      v128.store(target, s30);
      v128.store(target, s31, 16);
    }
    memory.copy(x, scratch, bytes * 4);
  }
  for (; first < end; first++) {
    const x = factors + first * bytes;
    memory.fill(scratch, 0, bytes);
    let line = basis;
    for (let i: usize = 0; i < bytes; i += 4) {
      const f = v128.load32_splat(x + i);
      for (let j: usize = 0; j < bytes; j += 16) {
        v128.store(scratch + j, f32x4.add(v128.load(scratch + j), f32x4.mul(f, v128.load(line + j))));
      }
      line += bytes;
    }
    memory.copy(x, scratch, bytes);
  }
}
