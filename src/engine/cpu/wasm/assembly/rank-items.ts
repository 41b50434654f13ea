import { areCompressed, compressQuery, compressRows, upperBounds } from './compressed-rows';
import { dot, dot4 } from './row-pass';
import { offer, worstScore } from './top-k-heap';

@inline
function isMasked(mask: usize, row: usize): bool {
  return mask != 0 && ((load<u32>(mask + ((row >> 5) << 2)) >> (<u32>row & 31)) & 1) != 0;
}

/** The same bits as those of `scoreItems`, from the dot product. */
@inline
function scoreOf(product: f32, row: usize, scales: usize, biases: usize): f32 {
  if (scales) product *= load<f32>(scales + (row << 2));
  if (biases) product += load<f32>(biases + (row << 2));
  return product;
}

/**
 * Offers the rows `first … end`, `first` a multiple of four, to the heap of the best. Where there are codes, a row is
 * scored only if its upper bound is above the worst score kept. Scales are not negative, so that scaling, adding a bias
 * and rounding keep the order of a bound and what it bounds: the list is the same with codes and without.
 *
 * @param codes room for the codes of all rows, zeros at first; 0: none
 * @param scratch room for 48 + `bytes / 2` bytes
 */
export function rankItems(
  x: usize,
  factors: usize,
  bytes: usize,
  first: usize,
  end: usize,
  scales: usize,
  biases: usize,
  mask: usize,
  k: usize,
  kept: usize,
  heap: usize,
  codes: usize,
  scratch: usize,
): usize {
  const query = scratch + 32;
  const isCompressed = codes != 0 && compressQuery(x, bytes, query);
  if (isCompressed && first + 4 <= end && !areCompressed(codes, bytes, first)) {
    compressRows(factors, bytes, first, end & ~3, codes);
  }
  let row = first;
  // Until the heap is full, every row enters.
  for (; row < end && (kept < k || row & 3); row++) {
    if (isMasked(mask, row)) continue;
    kept = offer(heap, k, kept, row, scoreOf(dot(x, factors + row * bytes, bytes), row, scales, biases));
  }
  // Rows that wait until there are four: they lie far apart, and are read at the same time.
  let waiting: usize = 0;
  for (; row + 4 <= end; row += 4) {
    const place = row << 2;
    const y = factors + row * bytes;
    let bounds = isCompressed
      ? upperBounds(query, codes + (row >> 2) * (bytes + 32), bytes)
      : dot4(x, y, y + bytes, y + 2 * bytes, y + 3 * bytes, bytes);
    if (scales) bounds = f32x4.mul(bounds, v128.load(scales + place));
    if (biases) bounds = f32x4.add(bounds, v128.load(biases + place));
    // Not those that are below, as a product of an infinite bound and a scale of 0 is no number.
    let open = 15 ^ i32x4.bitmask(f32x4.le(bounds, f32x4.splat(worstScore(heap))));
    if (open == 0) continue;
    v128.store(scratch, bounds);
    for (let lane: usize = 0; open != 0; open >>>= 1, lane++) {
      if (!(open & 1) || isMasked(mask, row + lane)) continue;
      if (!isCompressed) {
        kept = offer(heap, k, kept, row + lane, load<f32>(scratch + (lane << 2)));
        continue;
      }
      store<u32>(scratch + (waiting << 2), <u32>(row + lane), 16);
      waiting++;
      if (waiting < 4) continue;
      waiting = 0;
      v128.store(
        scratch,
        dot4(
          x,
          factors + <usize>load<u32>(scratch, 16) * bytes,
          factors + <usize>load<u32>(scratch, 20) * bytes,
          factors + <usize>load<u32>(scratch, 24) * bytes,
          factors + <usize>load<u32>(scratch, 28) * bytes,
          bytes,
        ),
      );
      for (let n: usize = 0; n < 16; n += 4) {
        const found = <usize>load<u32>(scratch + n, 16);
        kept = offer(heap, k, kept, found, scoreOf(load<f32>(scratch + n), found, scales, biases));
      }
    }
  }
  for (let n: usize = 0; n < waiting; n++) {
    const found = <usize>load<u32>(scratch + (n << 2), 16);
    kept = offer(heap, k, kept, found, scoreOf(dot(x, factors + found * bytes, bytes), found, scales, biases));
  }
  for (; row < end; row++) {
    if (isMasked(mask, row)) continue;
    kept = offer(heap, k, kept, row, scoreOf(dot(x, factors + row * bytes, bytes), row, scales, biases));
  }
  return kept;
}
