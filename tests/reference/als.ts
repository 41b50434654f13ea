/**
 * Double-precision twins of the ALS kernels, written for clarity: the row equation of `src/engine/backend.ts`
 *
 *     (α₀ G + Σ a y yᵀ + λ I) x = Σ b y        G = Σ_all y yᵀ
 *
 * solved exactly and by conjugate gradient, its Gramian, and the training objective.
 */
import type { AlsProblem, RowEquations } from '../../src/engine/backend.ts';

/** Row-major factors of any precision. */
export type Factors = Float32Array | Float64Array;

/** G = Σ_r y_r y_rᵀ: `rank × rank`, row-major. `factors` is `rowCount × rank`. */
export function referenceGramian(factors: Factors, rank: number): Float64Array {
  const gramian = new Float64Array(rank * rank);
  for (let start = 0; start < factors.length; start += rank) {
    for (let i = 0; i < rank; i++) {
      for (let j = 0; j < rank; j++) gramian[i * rank + j]! += factors[start + i]! * factors[start + j]!;
    }
  }
  return gramian;
}

/** What the solve of one row, or of all rows of one side, needs beside the equations. */
export interface ReferenceSolve {
  readonly rank: number;
  readonly alpha0: number;
  /** The other side's factors, `columnCount × rank`. */
  readonly fixed: Factors;
}

/** The left side A (`rank × rank`) and the right side of row `row`. */
export function rowSystem(
  equations: RowEquations,
  { row, rank, alpha0, fixed, gramian }: ReferenceSolve & { readonly row: number; readonly gramian: Float64Array },
): { left: Float64Array; right: Float64Array } {
  const left = gramian.map((value) => alpha0 * value);
  const right = new Float64Array(rank);
  for (let i = 0; i < rank; i++) left[i * rank + i]! += equations.regularization[row]!;
  for (let entry = equations.rowOffsets[row]!; entry < equations.rowOffsets[row + 1]!; entry++) {
    const start = equations.columns[entry]! * rank;
    for (let i = 0; i < rank; i++) {
      right[i]! += equations.b[entry]! * fixed[start + i]!;
      const scaled = equations.a[entry]! * fixed[start + i]!;
      for (let j = 0; j < rank; j++) left[i * rank + j]! += scaled * fixed[start + j]!;
    }
  }
  return { left, right };
}

/** x with `left` x = `right` by Cholesky; `left` is symmetric positive definite. */
export function choleskySolve(left: Float64Array, right: Float64Array): Float64Array {
  const rank = right.length;
  const lower = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = left[i * rank + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * rank + k]! * lower[j * rank + k]!;
      lower[i * rank + j] = i === j ? Math.sqrt(sum) : sum / lower[j * rank + j]!;
    }
  }
  const x = right.slice();
  for (let i = 0; i < rank; i++) {
    for (let k = 0; k < i; k++) x[i]! -= lower[i * rank + k]! * x[k]!;
    x[i]! /= lower[i * rank + i]!;
  }
  for (let i = rank - 1; i >= 0; i--) {
    for (let k = i + 1; k < rank; k++) x[i]! -= lower[k * rank + i]! * x[k]!;
    x[i]! /= lower[i * rank + i]!;
  }
  return x;
}

/** Up to `steps` steps of conjugate gradient on `left` x = `right` from `start` (Hestenes, Stiefel 1952). */
export function conjugateGradient(
  left: Float64Array,
  { right, start, steps }: { readonly right: Float64Array; readonly start: Factors; readonly steps: number },
): Float64Array {
  const rank = right.length;
  const times = (vector: Float64Array): Float64Array =>
    Float64Array.from({ length: rank }, (_, i) => dot(left.subarray(i * rank, (i + 1) * rank), vector));
  const x = Float64Array.from(start);
  const product = times(x);
  const residual = right.map((value, i) => value - product[i]!);
  let direction = residual.slice();
  let squared = dot(residual, residual);
  for (let step = 0; step < steps && squared > 1e-20; step++) {
    const image = times(direction);
    const length = squared / dot(direction, image);
    for (let i = 0; i < rank; i++) {
      x[i]! += length * direction[i]!;
      residual[i]! -= length * image[i]!;
    }
    const next = dot(residual, residual);
    direction = direction.map((value, i) => residual[i]! + (next / squared) * value);
    squared = next;
  }
  return x;
}

/**
 * Solves every row of one side: `rowCount × rank`. With `cgSteps`, by that many CG steps from `start`; exactly
 * without. Rows without entries are zero.
 */
export function referenceSolve(
  equations: RowEquations,
  options: ReferenceSolve & { readonly cgSteps?: number; readonly start?: Factors },
): Float64Array {
  const { rank, fixed } = options;
  const gramian = referenceGramian(fixed, rank);
  const solution = new Float64Array(equations.rowCount * rank);
  for (let row = 0; row < equations.rowCount; row++) {
    if (equations.rowOffsets[row] === equations.rowOffsets[row + 1]) continue;
    const { left, right } = rowSystem(equations, { ...options, row, gramian });
    const start = options.start?.subarray(row * rank, (row + 1) * rank) ?? new Float64Array(rank);
    const x =
      options.cgSteps === undefined
        ? choleskySolve(left, right)
        : conjugateGradient(left, { right, start, steps: options.cgSteps });
    solution.set(x, row * rank);
  }
  return solution;
}

/** The objective of `TrainingRun.loss`, term by term. */
export function referenceLoss(
  problem: Pick<AlsProblem, 'rank' | 'alpha0' | 'users' | 'items' | 'constantLoss'>,
  { userFactors, itemFactors }: { readonly userFactors: Factors; readonly itemFactors: Factors },
): number {
  const { rank, alpha0, users, items } = problem;
  let loss = problem.constantLoss;
  for (let user = 0; user < users.rowCount; user++) {
    const x = userFactors.subarray(user * rank, (user + 1) * rank);
    for (let item = 0; item < items.rowCount; item++) {
      loss += alpha0 * dot(x, itemFactors.subarray(item * rank, (item + 1) * rank)) ** 2;
    }
    for (let entry = users.rowOffsets[user]!; entry < users.rowOffsets[user + 1]!; entry++) {
      const item = users.columns[entry]!;
      const score = dot(x, itemFactors.subarray(item * rank, (item + 1) * rank));
      loss += users.a[entry]! * score ** 2 - 2 * users.b[entry]! * score;
    }
    loss += users.regularization[user]! * dot(x, x);
  }
  for (let item = 0; item < items.rowCount; item++) {
    const y = itemFactors.subarray(item * rank, (item + 1) * rank);
    loss += items.regularization[item]! * dot(y, y);
  }
  return loss;
}

function dot(left: Factors, right: Factors): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += left[i]! * right[i]!;
  return sum;
}
