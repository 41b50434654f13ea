/**
 * Pivots below this share of their diagonal element are rounding noise of a singular matrix: about rank × the spacing
 * of doubles, with a margin.
 */
const pivotTolerance = 1e-12;

/**
 * Factorizes a symmetric positive (semi-)definite matrix in place: L of L Lᵀ = A replaces the lower triangle, and
 * `inverseDiagonal` receives the *reciprocals* of L's diagonal. Where a pivot is not positive, the matrix does not
 * determine that component: the reciprocal is 0, so that solving gives 0 there and never NaN.
 *
 * @param matrix `rank × rank`, row-major; only the lower triangle is read
 * @param inverseDiagonal `rank` numbers, written
 */
export function factorizeCholesky(matrix: Float64Array, inverseDiagonal: Float64Array, rank: number): void {
  for (let i = 0; i < rank; i++) {
    const lineI = i * rank;
    for (let j = 0; j < i; j++) {
      const lineJ = j * rank;
      let sum = matrix[lineI + j]!;
      for (let n = 0; n < j; n++) sum -= matrix[lineI + n]! * matrix[lineJ + n]!;
      matrix[lineI + j] = sum * inverseDiagonal[j]!;
    }
    const diagonal = matrix[lineI + i]!;
    let pivot = diagonal;
    for (let n = 0; n < i; n++) pivot -= matrix[lineI + n]! * matrix[lineI + n]!;
    const isPositive = pivot > diagonal * pivotTolerance;
    inverseDiagonal[i] = isPositive ? 1 / Math.sqrt(pivot) : 0;
    matrix[lineI + i] = isPositive ? Math.sqrt(pivot) : 0;
  }
}

/** Solves L Lᵀ x = b in place, with the result of `factorizeCholesky`. `vector` is b on entry and x on return. */
export function solveCholesky(
  factor: Float64Array,
  inverseDiagonal: Float64Array,
  vector: Float64Array,
  rank: number,
): void {
  for (let i = 0; i < rank; i++) {
    const line = i * rank;
    let sum = vector[i]!;
    for (let j = 0; j < i; j++) sum -= factor[line + j]! * vector[j]!;
    vector[i] = sum * inverseDiagonal[i]!;
  }
  for (let i = rank - 1; i >= 0; i--) {
    const solved = vector[i]! * inverseDiagonal[i]!;
    vector[i] = solved;
    const line = i * rank;
    for (let j = 0; j < i; j++) vector[j]! -= factor[line + j]! * solved;
  }
}
