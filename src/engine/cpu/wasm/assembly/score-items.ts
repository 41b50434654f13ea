import { dot, dot4 } from './row-pass';

/**
 * target[row] = (x·y) scales[row] + biases[row] of the rows `first … end`; where `scales` or `biases` is 0 there are
 * none. All f32.
 */
export function scoreItems(
  x: usize,
  factors: usize,
  bytes: usize,
  first: usize,
  end: usize,
  scales: usize,
  biases: usize,
  target: usize,
): void {
  let row = first;
  for (; row + 4 <= end; row += 4) {
    const y = factors + row * bytes;
    const y1 = y + bytes;
    const y2 = y1 + bytes;
    const place = row << 2;
    let scores = dot4(x, y, y1, y2, y2 + bytes, bytes);
    if (scales) scores = f32x4.mul(scores, v128.load(scales + place));
    if (biases) scores = f32x4.add(scores, v128.load(biases + place));
    v128.store(target + place, scores);
  }
  for (; row < end; row++) {
    const place = row << 2;
    let score = dot(x, factors + row * bytes, bytes);
    if (scales) score *= load<f32>(scales + place);
    if (biases) score += load<f32>(biases + place);
    store<f32>(target + place, score);
  }
}
