/** QL steps an eigenvalue may take; two is usual. It only ends the loop where the matrix holds NaN. */
const mostSteps = 50;

/** An eigen-decomposition A = Σ λ v vᵀ. */
export interface SymmetricEigen {
  /** λ in no particular order. `rank`. */
  readonly values: Float64Array;
  /** Row i is the unit eigenvector of `values[i]`. `rank × rank`, row-major, orthogonal. */
  readonly vectors: Float64Array;
}

/**
 * All eigenvalues and eigenvectors of a symmetric matrix, in a fixed order of operations: Householder reflections to
 * tridiagonal form, then QL steps with Wilkinson's shift (Golub, Van Loan, Matrix Computations, §8.3; Parlett, The
 * Symmetric Eigenvalue Problem, ch. 8). Errors are of the order of rounding times the norm, for repeated and zero
 * eigenvalues too. It takes about the time of one sweep of Jacobi rotations, of which a warm start still needs three.
 *
 * @param matrix `rank × rank`, row-major; only the lower triangle is read
 */
export function symmetricEigen(matrix: Float64Array, rank: number): SymmetricEigen {
  const work = matrix.slice();
  const vectors = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) vectors[i * rank + i] = 1;
  const values = new Float64Array(rank);
  const beside = new Float64Array(rank);
  tridiagonalize(work, vectors, { diagonal: values, beside });
  diagonalize(values, beside, vectors);
  return { values, vectors };
}

interface Tridiagonal {
  /** `rank`. */
  readonly diagonal: Float64Array;
  /** Element i lies between the diagonal's i and i + 1; the last is 0. `rank`. */
  readonly beside: Float64Array;
}

/** T = Z A Zᵀ; `vectors` becomes Z, from the identity. */
function tridiagonalize(work: Float64Array, vectors: Float64Array, { diagonal, beside }: Tridiagonal): void {
  const rank = diagonal.length;
  const mirror = new Float64Array(rank);
  const product = new Float64Array(rank);
  for (let column = 0; column < rank; column++) {
    diagonal[column] = work[column * rank + column]!;
    const next = column + 1;
    if (next >= rank) break;
    let squared = 0;
    for (let i = next; i < rank; i++) squared += work[i * rank + column]! ** 2;
    const first = work[next * rank + column]!;
    const length = first > 0 ? -Math.sqrt(squared) : Math.sqrt(squared);
    beside[column] = length;
    // Already tridiagonal here: the reflection would be the identity, or its mirror the zero vector.
    if (squared === first * first) {
      beside[column] = first;
      continue;
    }
    for (let i = next; i < rank; i++) mirror[i] = work[i * rank + column]!;
    mirror[next] = first - length;
    const scale = 1 / (squared - first * length);
    // product = scale A v, from the lower triangle
    product.fill(0);
    for (let i = next; i < rank; i++) {
      const line = i * rank;
      const value = mirror[i]!;
      let sum = work[line + i]! * value;
      for (let j = next; j < i; j++) {
        sum += work[line + j]! * mirror[j]!;
        product[j]! += work[line + j]! * value;
      }
      product[i]! += sum;
    }
    let inner = 0;
    for (let i = next; i < rank; i++) {
      product[i]! *= scale;
      inner += product[i]! * mirror[i]!;
    }
    inner *= scale / 2;
    for (let i = next; i < rank; i++) product[i]! -= inner * mirror[i]!;
    for (let i = next; i < rank; i++) {
      const line = i * rank;
      const [value, moved] = [mirror[i]!, product[i]!];
      for (let j = next; j <= i; j++) work[line + j]! -= value * product[j]! + moved * mirror[j]!;
    }
    // Z ← (I − scale v vᵀ) Z
    product.fill(0);
    for (let i = next; i < rank; i++) {
      const line = i * rank;
      const value = scale * mirror[i]!;
      for (let j = 0; j < rank; j++) product[j]! += value * vectors[line + j]!;
    }
    for (let i = next; i < rank; i++) {
      const line = i * rank;
      const value = mirror[i]!;
      for (let j = 0; j < rank; j++) vectors[line + j]! -= value * product[j]!;
    }
  }
}

/** Turns the tridiagonal matrix into its eigenvalues in `diagonal`, and the rows of `vectors` with it. */
function diagonalize(diagonal: Float64Array, beside: Float64Array, vectors: Float64Array): void {
  const rank = diagonal.length;
  for (let low = 0; low < rank; low++) {
    for (let step = 0; step < mostSteps; step++) {
      let high = low;
      while (high < rank - 1) {
        const around = Math.abs(diagonal[high]!) + Math.abs(diagonal[high + 1]!);
        if (Math.abs(beside[high]!) <= Number.EPSILON * around) break;
        high++;
      }
      if (high === low) break;
      // The eigenvalue of the top 2 × 2 block that is nearer to its corner.
      const half = (diagonal[low + 1]! - diagonal[low]!) / (2 * beside[low]!);
      const root = Math.hypot(half, 1);
      const shift = diagonal[low]! - beside[low]! / (half + (half < 0 ? -root : root));
      // One QL step: a rotation at the bottom, and the bulge that it leaves is chased to the top.
      let [cosine, sine] = [1, 1];
      let [bulge, moved] = [diagonal[high]! - shift, 0];
      let i = high - 1;
      for (; i >= low; i--) {
        const off = sine * beside[i]!;
        const along = cosine * beside[i]!;
        const hypotenuse = Math.sqrt(off * off + bulge * bulge);
        beside[i + 1] = hypotenuse;
        if (hypotenuse === 0) {
          diagonal[i + 1]! -= moved;
          beside[high] = 0;
          break;
        }
        sine = off / hypotenuse;
        cosine = bulge / hypotenuse;
        const base = diagonal[i + 1]! - moved;
        const turn = (diagonal[i]! - base) * sine + 2 * cosine * along;
        moved = sine * turn;
        diagonal[i + 1] = base + moved;
        bulge = cosine * turn - along;
        const upper = i * rank;
        const lower = upper + rank;
        for (let j = 0; j < rank; j++) {
          const value = vectors[lower + j]!;
          const other = vectors[upper + j]!;
          vectors[lower + j] = sine * other + cosine * value;
          vectors[upper + j] = cosine * other - sine * value;
        }
      }
      if (i >= low) continue;
      diagonal[low]! -= moved;
      beside[low] = bulge;
      beside[high] = 0;
    }
  }
}
