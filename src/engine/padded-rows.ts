/** Numbers that a padded row takes: rows are padded with zeros to a multiple of 4 factors. */
function strideOf(rank: number): number {
  return (rank + 3) & ~3;
}

/** A copy of `rowCount` rows from `firstRow` on, each padded to `stride` numbers, by default `strideOf(rank)`. */
export function padRows(
  factors: Float32Array,
  range: { readonly rank: number; readonly rowCount: number; readonly firstRow?: number; readonly stride?: number },
): Float32Array {
  const { rank, rowCount, firstRow = 0, stride = strideOf(rank) } = range;
  const rows = factors.slice(firstRow * rank, (firstRow + rowCount) * rank);
  if (stride === rank) return rows;
  const padded = new Float32Array(rowCount * stride);
  for (let row = 0; row < rowCount; row++) padded.set(rows.subarray(row * rank, (row + 1) * rank), row * stride);
  return padded;
}

/** Writes padded rows without their padding from row `firstRow` of `target` on; by default into a new array. */
export function unpadRows(
  padded: Float32Array,
  options: {
    readonly rank: number;
    readonly firstRow?: number;
    readonly stride?: number;
    readonly target?: Float32Array;
  },
): Float32Array {
  const { rank, firstRow = 0, stride = strideOf(rank) } = options;
  const rowCount = padded.length / stride;
  const target = options.target ?? new Float32Array(rowCount * rank);
  for (let row = 0; row < rowCount; row++) {
    target.set(padded.subarray(row * stride, row * stride + rank), (firstRow + row) * rank);
  }
  return target;
}
