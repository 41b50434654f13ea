import { dot, dot4, upper } from './row-pass';

/** Σ a (x·y)² − 2 b (x·y) over the entries of the rows `first … end`; x·y in single, the sum in double precision. */
export function entryLoss(
  offsets: usize,
  columns: usize,
  a: usize,
  b: usize,
  factors: usize,
  fixed: usize,
  bytes: usize,
  first: usize,
  end: usize,
): f64 {
  let loss: f64 = 0;
  let entry = <usize>load<u32>(offsets + (first << 2));
  for (; first < end; first++) {
    const x = factors + first * bytes;
    const stop = <usize>load<u32>(offsets + (first << 2), 4);
    let sums = f64x2.splat(0);
    for (; entry + 4 <= stop; entry += 4) {
      const place = entry << 2;
      const dots = dot4(
        x,
        fixed + <usize>load<u32>(columns + place) * bytes,
        fixed + <usize>load<u32>(columns + place, 4) * bytes,
        fixed + <usize>load<u32>(columns + place, 8) * bytes,
        fixed + <usize>load<u32>(columns + place, 12) * bytes,
        bytes,
      );
      const weights = v128.load(a + place);
      const rights = v128.load(b + place);
      sums = f64x2.add(sums, terms(dots, weights, rights));
      sums = f64x2.add(sums, terms(upper(dots), upper(weights), upper(rights)));
    }
    loss += f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    for (; entry < stop; entry++) {
      const place = entry << 2;
      const d = <f64>dot(x, fixed + <usize>load<u32>(columns + place) * bytes, bytes);
      loss += d * (<f64>load<f32>(a + place) * d - 2 * <f64>load<f32>(b + place));
    }
  }
  return loss;
}

/** d (a d − 2 b) for the two lower lanes. */
@inline
function terms(dots: v128, a: v128, b: v128): v128 {
  const d = f64x2.promote_low_f32x4(dots);
  const right = f64x2.promote_low_f32x4(b);
  return f64x2.mul(d, f64x2.sub(f64x2.mul(f64x2.promote_low_f32x4(a), d), f64x2.add(right, right)));
}
