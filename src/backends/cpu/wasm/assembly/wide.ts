/** Σ x y of `count` doubles. */
@inline
export function dotWide(x: usize, y: usize, count: usize): f64 {
  let sum0 = f64x2.splat(0);
  let sum1 = sum0;
  let i: usize = 0;
  for (; i + 4 <= count; i += 4) {
    sum0 = f64x2.add(sum0, f64x2.mul(v128.load(x), v128.load(y)));
    sum1 = f64x2.add(sum1, f64x2.mul(v128.load(x, 16), v128.load(y, 16)));
    x += 32;
    y += 32;
  }
  sum0 = f64x2.add(sum0, sum1);
  let sum = f64x2.extract_lane(sum0, 0) + f64x2.extract_lane(sum0, 1);
  for (; i < count; i++) {
    sum += load<f64>(x) * load<f64>(y);
    x += 8;
    y += 8;
  }
  return sum;
}

/** x += scale y of `count` doubles. */
@inline
export function addWide(x: usize, scale: f64, y: usize, count: usize): void {
  const scales = f64x2.splat(scale);
  let i: usize = 0;
  for (; i + 4 <= count; i += 4) {
    v128.store(x, f64x2.add(v128.load(x), f64x2.mul(scales, v128.load(y))));
    v128.store(x, f64x2.add(v128.load(x, 16), f64x2.mul(scales, v128.load(y, 16))), 16);
    x += 32;
    y += 32;
  }
  for (; i < count; i++) {
    store<f64>(x, load<f64>(x) + scale * load<f64>(y));
    x += 8;
    y += 8;
  }
}
