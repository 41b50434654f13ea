/**
 * Adds Σ a y yᵀ over the entries `first … end`, in order, to the lower triangle of `matrix`. `y` is factor row
 * `columns[entry]` (without `columns`: row `entry`), `a` is `weights[entry]` (without `weights`: 1).
 */
export function addOuterProducts(
  matrix: Float64Array,
  factors: Float32Array,
  entries: {
    readonly first: number;
    readonly end: number;
    readonly rank: number;
    readonly columns?: Uint32Array;
    readonly weights?: Float32Array;
  },
): void {
  const { first, end, rank, columns, weights } = entries;
  // Four entries at a time, so that each element of the matrix is loaded and stored once for four products. Missing
  // entries of the last four repeat the last one with weight 0.
  const offsetOf = (entry: number): number => {
    const found = Math.min(entry, end - 1);
    return (columns ? columns[found]! : found) * rank;
  };
  const weightOf = (entry: number): number => (entry < end ? (weights ? weights[entry]! : 1) : 0);
  for (let entry = first; entry < end; entry += 4) {
    const y0 = offsetOf(entry);
    const y1 = offsetOf(entry + 1);
    const y2 = offsetOf(entry + 2);
    const y3 = offsetOf(entry + 3);
    const a0 = weightOf(entry);
    const a1 = weightOf(entry + 1);
    const a2 = weightOf(entry + 2);
    const a3 = weightOf(entry + 3);
    for (let i = 0; i < rank; i++) {
      const f0 = a0 * factors[y0 + i]!;
      const f1 = a1 * factors[y1 + i]!;
      const f2 = a2 * factors[y2 + i]!;
      const f3 = a3 * factors[y3 + i]!;
      const line = i * rank;
      for (let j = 0; j <= i; j++) {
        matrix[line + j]! +=
          f0 * factors[y0 + j]! + f1 * factors[y1 + j]! + f2 * factors[y2 + j]! + f3 * factors[y3 + j]!;
      }
    }
  }
}
