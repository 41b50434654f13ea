/**
 * The Gramian G = Σ_r y_r y_rᵀ of a row-major factor matrix, in double precision.
 *
 * @param factors at least `rowCount × rank` numbers
 * @returns `rank × rank`, symmetric, row-major
 */
export function gramianOf(factors: Float32Array, shape: { rowCount: number; rank: number }): Float64Array {
  const gramian = new Float64Array(shape.rank * shape.rank);
  addGramian(gramian, factors, { firstRow: 0, endRow: shape.rowCount, rank: shape.rank });
  mirrorUpper(gramian, shape.rank);
  return gramian;
}

/** Adds y yᵀ of the rows `firstRow … endRow` to the upper triangle of `gramian`; rows are summed in their order. */
export function addGramian(
  gramian: Float64Array,
  factors: Float32Array,
  rows: { firstRow: number; endRow: number; rank: number },
): void {
  const { firstRow, endRow, rank } = rows;
  let row = firstRow;
  // Four rows at a time: each element of the Gramian is then loaded and stored once for four products.
  for (; row + 4 <= endRow; row += 4) {
    const y0 = row * rank;
    const y1 = y0 + rank;
    const y2 = y1 + rank;
    const y3 = y2 + rank;
    for (let i = 0; i < rank; i++) {
      const f0 = factors[y0 + i]!;
      const f1 = factors[y1 + i]!;
      const f2 = factors[y2 + i]!;
      const f3 = factors[y3 + i]!;
      const line = i * rank;
      for (let j = i; j < rank; j++) {
        gramian[line + j]! +=
          f0 * factors[y0 + j]! + f1 * factors[y1 + j]! + f2 * factors[y2 + j]! + f3 * factors[y3 + j]!;
      }
    }
  }
  for (; row < endRow; row++) {
    const y = row * rank;
    for (let i = 0; i < rank; i++) {
      const factor = factors[y + i]!;
      const line = i * rank;
      for (let j = i; j < rank; j++) gramian[line + j]! += factor * factors[y + j]!;
    }
  }
}

/** Copies the upper triangle of a square row-major matrix onto the lower one. */
export function mirrorUpper(matrix: Float64Array, rank: number): void {
  for (let i = 1; i < rank; i++) {
    for (let j = 0; j < i; j++) matrix[i * rank + j] = matrix[j * rank + i]!;
  }
}
