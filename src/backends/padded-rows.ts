/** The default length of a padded row: whole vec4, i.e. `factors` rounded up to a multiple of 4. */
function wholeVectors(factors: number): number {
  return (factors + 3) & ~3;
}

/**
 * Copies `rowCount` rows, from `firstRow` on, and pads each with zeros.
 *
 * @param rows row-major, `factors` numbers per row
 * @param options.paddedFactors numbers per row of the copy; default: `factors` rounded up to a multiple of 4
 * @param options.order the row to copy to each place; `firstRow` is then the first place. By default place `n` gets row
 *   `n`
 */
export function padRows(
  rows: Float32Array,
  options: {
    readonly factors: number;
    readonly rowCount: number;
    readonly firstRow?: number;
    readonly paddedFactors?: number;
    readonly order?: Uint32Array | undefined;
  },
): Float32Array {
  const { factors, rowCount, firstRow = 0, paddedFactors = wholeVectors(factors), order } = options;
  if (paddedFactors === factors && !order) return rows.slice(firstRow * factors, (firstRow + rowCount) * factors);
  const padded = new Float32Array(rowCount * paddedFactors);
  for (let place = 0; place < rowCount; place++) {
    const row = order ? order[firstRow + place]! : firstRow + place;
    padded.set(rows.subarray(row * factors, (row + 1) * factors), place * paddedFactors);
  }
  return padded;
}

/**
 * The inverse of `padRows`: copies padded rows without their padding.
 *
 * @param padded whole rows of `paddedFactors` numbers
 * @param options.firstRow the row of `target` for the first of them; with `order` the first place, as for `padRows`
 * @param options.target row-major, `factors` numbers per row; default: a new array with as many rows as `padded`
 * @returns `target`
 */
export function unpadRows(
  padded: Float32Array,
  options: {
    readonly factors: number;
    readonly firstRow?: number;
    readonly paddedFactors?: number;
    readonly target?: Float32Array;
    readonly order?: Uint32Array;
  },
): Float32Array {
  const { factors, firstRow = 0, paddedFactors = wholeVectors(factors), order } = options;
  const rowCount = padded.length / paddedFactors;
  const target = options.target ?? new Float32Array(rowCount * factors);
  for (let place = 0; place < rowCount; place++) {
    const row = order ? order[firstRow + place]! : firstRow + place;
    target.set(padded.subarray(place * paddedFactors, place * paddedFactors + factors), row * factors);
  }
  return target;
}
