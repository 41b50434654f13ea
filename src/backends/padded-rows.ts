/** Numbers that a padded row takes: rows are padded with zeros to a multiple of 4 factors. */
function strideOf(rank: number): number {
  return (rank + 3) & ~3;
}

/**
 * A copy of `rowCount` rows from `firstRow` on, each padded to `stride` numbers, by default `strideOf(rank)`.
 *
 * @param options.order the row at each place, if the rows are to be counted by place
 */
export function padRows(
  factors: Float32Array,
  options: {
    readonly rank: number;
    readonly rowCount: number;
    readonly firstRow?: number;
    readonly stride?: number;
    readonly order?: Uint32Array | undefined;
  },
): Float32Array {
  const { rank, rowCount, firstRow = 0, stride = strideOf(rank), order } = options;
  if (stride === rank && !order) return factors.slice(firstRow * rank, (firstRow + rowCount) * rank);
  const padded = new Float32Array(rowCount * stride);
  for (let place = 0; place < rowCount; place++) {
    const row = order ? order[firstRow + place]! : firstRow + place;
    padded.set(factors.subarray(row * rank, (row + 1) * rank), place * stride);
  }
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
    readonly order?: Uint32Array;
  },
): Float32Array {
  const { rank, firstRow = 0, stride = strideOf(rank), order } = options;
  const rowCount = padded.length / stride;
  const target = options.target ?? new Float32Array(rowCount * rank);
  for (let place = 0; place < rowCount; place++) {
    const row = order ? order[firstRow + place]! : firstRow + place;
    target.set(padded.subarray(place * stride, place * stride + rank), row * rank);
  }
  return target;
}
