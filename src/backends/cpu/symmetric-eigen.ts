/** Off-diagonal elements below this share of the norm are rounding noise. */
const convergence = 1e-15;

/** The most sweeps. At most ten were ever observed; the limit only ends the loop if the matrix holds NaN. */
const mostSweeps = 40;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by Jacobi rotations, in cyclic order (Golub, Van Loan, Matrix
 * Computations, §8.5): A = Σ λ v vᵀ. Errors are of the order of rounding times the norm, also for repeated and zero
 * eigenvalues. A nearly diagonal matrix takes few sweeps.
 *
 * @param work `rank × rank`, row-major, symmetric; overwritten
 * @param vectors `rank × rank`, written: row i is the unit eigenvector of `values[i]`
 * @param values `rank`, written, in no particular order
 */
export function symmetricEigen(work: Float64Array, vectors: Float64Array, values: Float64Array): void {
  const rank = values.length;
  vectors.fill(0);
  let squared = 0;
  for (const cell of work) squared += cell * cell;
  const noise = convergence * Math.sqrt(squared);
  for (let i = 0; i < rank; i++) vectors[i * rank + i] = 1;

  const turnRows = (matrix: Float64Array, p: number, q: number, cosine: number, sine: number): void => {
    for (let i = 0; i < rank; i++) {
      const atP = matrix[p * rank + i]!;
      const atQ = matrix[q * rank + i]!;
      matrix[p * rank + i] = cosine * atP - sine * atQ;
      matrix[q * rank + i] = sine * atP + cosine * atQ;
    }
  };

  let isDiagonal = false;
  for (let sweep = 0; sweep < mostSweeps && !isDiagonal; sweep++) {
    isDiagonal = true;
    for (let p = 0; p < rank; p++) {
      for (let q = p + 1; q < rank; q++) {
        const off = work[p * rank + q]!;
        if (Math.abs(off) <= noise) continue;
        isDiagonal = false;
        const atP = work[p * rank + p]!;
        const atQ = work[q * rank + q]!;
        // tan of the smaller of the two angles that make the element zero
        const half = (atQ - atP) / (2 * off);
        const tangent = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.hypot(half, 1));
        const cosine = 1 / Math.hypot(tangent, 1);
        const sine = cosine * tangent;
        turnRows(work, p, q, cosine, sine);
        turnRows(vectors, p, q, cosine, sine);
        // The columns mirror the rows, except in the block where they cross.
        for (let i = 0; i < rank; i++) {
          work[i * rank + p] = work[p * rank + i]!;
          work[i * rank + q] = work[q * rank + i]!;
        }
        work[p * rank + p] = atP - tangent * off;
        work[q * rank + q] = atQ + tangent * off;
        work[p * rank + q] = 0;
        work[q * rank + p] = 0;
      }
    }
  }
  for (let i = 0; i < rank; i++) values[i] = work[i * rank + i]!;
}
