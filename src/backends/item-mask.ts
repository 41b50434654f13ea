/*
 * A mask says which items may not appear in a list: item `row` is excluded if bit `row % 32` of word `floor(row / 32)`
 * is set. The kernels read the same words.
 */

/** A mask that allows every item. */
export function emptyMask(itemCount: number): Uint32Array {
  return new Uint32Array(Math.ceil(itemCount / 32));
}

/** A mask that excludes every item. */
export function fullMask(itemCount: number): Uint32Array {
  return emptyMask(itemCount).fill(0xffff_ffff);
}

/** Excludes one item. */
export function setBit(mask: Uint32Array, row: number): void {
  mask[row >>> 5]! |= 1 << (row & 31);
}

/** Allows one item again. */
export function clearBit(mask: Uint32Array, row: number): void {
  mask[row >>> 5]! &= ~(1 << (row & 31));
}

/** Whether an item is excluded. Rows past the last word count as excluded. */
export function isMasked(mask: Uint32Array, row: number): boolean {
  return (((mask[row >>> 5] ?? -1) >>> (row & 31)) & 1) === 1;
}

/**
 * The part of `TopKOptions.mask` that applies to the queries `first … end`: the mask that all queries share, or the
 * masks of these queries one after another; null without a mask.
 *
 * @throws {RangeError} the number of words fits neither one shared mask nor one mask per query
 */
export function masksOf(
  mask: Uint32Array | undefined,
  batch: { readonly itemCount: number; readonly queryCount: number; readonly first: number; readonly end: number },
): Uint32Array | null {
  if (mask === undefined) return null;
  const { itemCount, queryCount, first, end } = batch;
  const words = Math.ceil(itemCount / 32);
  if (mask.length === words) return mask;
  if (mask.length === words * queryCount) return mask.subarray(first * words, end * words);
  throw new RangeError(
    `Internal: a mask must have ${words} words, or as many for each of ${queryCount} queries, got ${mask.length}.`,
  );
}
