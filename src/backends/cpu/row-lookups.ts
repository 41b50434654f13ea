import { type EmbeddingBags, requireRows } from '../embedding-table.ts';

/** Rows in memory for look-ups. */
export interface HeldRows {
  /** Numbers per row. */
  readonly factors: number;
  /** Numbers per row in memory, including padding. */
  readonly paddedFactors: number;
  readonly rowCount: number;
  /** `rowCount × paddedFactors`. */
  readonly rows: Float32Array;
}

/** `EmbeddingLookups.gather`. */
export function gatherRows(
  { factors, paddedFactors, rowCount, rows: held }: HeldRows,
  rows: Uint32Array,
): Float32Array {
  requireRows(rows, rowCount);
  const gathered = new Float32Array(rows.length * factors);
  for (const [place, row] of rows.entries()) {
    const first = row * paddedFactors;
    gathered.set(held.subarray(first, first + factors), place * factors);
  }
  return gathered;
}

/** `EmbeddingLookups.bag`; sums in double precision and rounds once. */
export function combineBags(table: HeldRows, { offsets, rows, weights, mode }: EmbeddingBags): Float32Array {
  const { factors, paddedFactors, rowCount, rows: held } = table;
  requireRows(rows, rowCount);
  const bagCount = Math.max(0, offsets.length - 1);
  const result = new Float32Array(bagCount * factors);
  const sum = new Float64Array(factors);
  for (let bag = 0; bag < bagCount; bag++) {
    sum.fill(0);
    let weightSum = 0;
    for (let entry = offsets[bag]!; entry < offsets[bag + 1]!; entry++) {
      const weight = weights[entry]!;
      const first = rows[entry]! * paddedFactors;
      weightSum += weight;
      for (let i = 0; i < factors; i++) sum[i]! += weight * held[first + i]!;
    }
    if (mode === 'mean' && weightSum === 0) continue;
    const divisor = mode === 'mean' ? weightSum : 1;
    for (let i = 0; i < factors; i++) result[bag * factors + i] = sum[i]! / divisor;
  }
  return result;
}
