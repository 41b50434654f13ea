/*
 * A mask says which items may not appear in a list: bit `row % 32` of word `floor(row / 32)` is set where item `row` is
 * left out. The kernels read the same words.
 */

/** A mask that leaves no item out. */
export function emptyMask(itemCount: number): Uint32Array {
  return new Uint32Array(Math.ceil(itemCount / 32));
}

/** A mask that leaves every item out. */
export function fullMask(itemCount: number): Uint32Array {
  return emptyMask(itemCount).fill(0xffff_ffff);
}

/** Leaves one item out. */
export function setBit(mask: Uint32Array, row: number): void {
  mask[row >>> 5]! |= 1 << (row & 31);
}

/** Lets one item in again. */
export function clearBit(mask: Uint32Array, row: number): void {
  mask[row >>> 5]! &= ~(1 << (row & 31));
}

/** Whether an item is left out. Rows beyond the last word are. */
export function isMasked(mask: Uint32Array, row: number): boolean {
  return (((mask[row >>> 5] ?? -1) >>> (row & 31)) & 1) === 1;
}

/**
 * The part of `TopKOptions.mask` that speaks of the queries `first … end`: the one mask of all queries, or theirs one
 * after another; null where there is none.
 *
 * @throws {RangeError} as many words as neither one mask has nor one for each query
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
