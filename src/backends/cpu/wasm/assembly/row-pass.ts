/** The two upper lanes, in both halves. */
@inline
export function upper(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 2, 3, 2, 3);
}

@inline
function sumLanes(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** x·y of `bytes / 4` numbers; `bytes` is a multiple of 32. */
export function dot(x: usize, y: usize, bytes: usize): f32 {
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  for (let i: usize = 0; i < bytes; i += 32) {
    sum0 = f32x4.add(sum0, f32x4.mul(v128.load(x + i), v128.load(y + i)));
    sum1 = f32x4.add(sum1, f32x4.mul(v128.load(x + i, 16), v128.load(y + i, 16)));
  }
  return sumLanes(f32x4.add(sum0, sum1));
}

/** x·y for four y at once, so that one load of x serves all four. */
@inline
export function dot4(x: usize, y0: usize, y1: usize, y2: usize, y3: usize, bytes: usize): v128 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let t0 = s0;
  let t1 = s0;
  let t2 = s0;
  let t3 = s0;
  for (let i: usize = 0; i < bytes; i += 32) {
    const x0 = v128.load(x + i);
    const x1 = v128.load(x + i, 16);
    s0 = f32x4.add(s0, f32x4.mul(x0, v128.load(y0 + i)));
    s1 = f32x4.add(s1, f32x4.mul(x0, v128.load(y1 + i)));
    s2 = f32x4.add(s2, f32x4.mul(x0, v128.load(y2 + i)));
    s3 = f32x4.add(s3, f32x4.mul(x0, v128.load(y3 + i)));
    t0 = f32x4.add(t0, f32x4.mul(x1, v128.load(y0 + i, 16)));
    t1 = f32x4.add(t1, f32x4.mul(x1, v128.load(y1 + i, 16)));
    t2 = f32x4.add(t2, f32x4.mul(x1, v128.load(y2 + i, 16)));
    t3 = f32x4.add(t3, f32x4.mul(x1, v128.load(y3 + i, 16)));
  }
  s0 = f32x4.add(s0, t0);
  s1 = f32x4.add(s1, t1);
  s2 = f32x4.add(s2, t2);
  s3 = f32x4.add(s3, t3);
  // Sums the lanes of each of the four vectors by a 4 × 4 transpose.
  const low01 = v128.shuffle<f32>(s0, s1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(s0, s1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(s2, s3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(s2, s3, 2, 6, 3, 7);
  const sum01 = f32x4.add(low01, high01);
  const sum23 = f32x4.add(low23, high23);
  return f32x4.add(v128.shuffle<f32>(sum01, sum23, 0, 1, 4, 5), v128.shuffle<f32>(sum01, sum23, 2, 3, 6, 7));
}

/**
 * target += Σ (bWeight b + aWeight a (y·x)) y over the entries `first … end`, in order; each y is read once. With
 * (bWeight, aWeight) = (1, −1) this is the entries' part of the first residual, with (0, 1) their part of the product A
 * x.
 */
export function addEntries(
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
): void {
  let entry = first;
  const aWeights = f32x4.splat(aWeight);
  const bWeights = f32x4.splat(bWeight);
  for (; entry + 4 <= end; entry += 4) {
    const place = entry << 2;
    const y0 = fixed + <usize>load<u32>(columns + place) * bytes;
    const y1 = fixed + <usize>load<u32>(columns + place, 4) * bytes;
    const y2 = fixed + <usize>load<u32>(columns + place, 8) * bytes;
    const y3 = fixed + <usize>load<u32>(columns + place, 12) * bytes;
    const dots = dot4(x, y0, y1, y2, y3, bytes);
    const weights = f32x4.add(
      f32x4.mul(bWeights, v128.load(b + place)),
      f32x4.mul(f32x4.mul(aWeights, v128.load(a + place)), dots),
    );
    const w0 = v128.shuffle<f32>(weights, weights, 0, 0, 0, 0);
    const w1 = v128.shuffle<f32>(weights, weights, 1, 1, 1, 1);
    const w2 = v128.shuffle<f32>(weights, weights, 2, 2, 2, 2);
    const w3 = v128.shuffle<f32>(weights, weights, 3, 3, 3, 3);
    for (let i: usize = 0; i < bytes; i += 32) {
      const sum0 = f32x4.add(
        f32x4.add(f32x4.mul(w0, v128.load(y0 + i)), f32x4.mul(w1, v128.load(y1 + i))),
        f32x4.add(f32x4.mul(w2, v128.load(y2 + i)), f32x4.mul(w3, v128.load(y3 + i))),
      );
      const sum1 = f32x4.add(
        f32x4.add(f32x4.mul(w0, v128.load(y0 + i, 16)), f32x4.mul(w1, v128.load(y1 + i, 16))),
        f32x4.add(f32x4.mul(w2, v128.load(y2 + i, 16)), f32x4.mul(w3, v128.load(y3 + i, 16))),
      );
      v128.store(target + i, f32x4.add(v128.load(target + i), sum0));
      v128.store(target + i, f32x4.add(v128.load(target + i, 16), sum1), 16);
    }
  }
  for (; entry < end; entry++) {
    const place = entry << 2;
    const y = fixed + <usize>load<u32>(columns + place) * bytes;
    const w = f32x4.splat(bWeight * load<f32>(b + place) + aWeight * load<f32>(a + place) * dot(x, y, bytes));
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(target + i, f32x4.add(v128.load(target + i), f32x4.mul(w, v128.load(y + i))));
    }
  }
}
