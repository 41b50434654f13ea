/**
 * Double-precision twins of the ALS kernels, written for clarity and sharing no code with the back ends: the row
 * equation of `src/backends/backend.ts`
 *
 *     (α₀ G + Σ a y yᵀ + λ I) x = Σ b y        G = Σ_all y yᵀ
 *
 * solved by elimination and by conjugate gradient, its Gramian, and the training objective.
 */
import type { AlsProblem, RowEquations } from '../../src/backends/backend.ts';

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
  readonly factors: number;
  readonly unobservedWeight: number;
  /** The other side's factors, `columnCount × rank`. */
  readonly fixed: Factors;
}

/** The left side A (`rank × rank`) and the right side of row `row`. */
export function rowSystem(
  equations: RowEquations,
  options: ReferenceSolve & { readonly row: number; readonly gramian?: Float64Array },
): { left: Float64Array; right: Float64Array } {
  const { row, factors: rank, unobservedWeight: alpha0, fixed, gramian = referenceGramian(fixed, rank) } = options;
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

/** x with `left` x = `right` by Gaussian elimination with partial pivoting. */
export function solveLinear(left: Float64Array, right: Float64Array): Float64Array {
  const rank = right.length;
  const lines = Array.from({ length: rank }, (_, i) => [...left.subarray(i * rank, (i + 1) * rank), right[i]!]);
  for (let column = 0; column < rank; column++) {
    let pivot = column;
    for (let i = column + 1; i < rank; i++) {
      if (Math.abs(lines[i]![column]!) > Math.abs(lines[pivot]![column]!)) pivot = i;
    }
    [lines[column], lines[pivot]] = [lines[pivot]!, lines[column]!];
    for (let i = column + 1; i < rank; i++) {
      const share = lines[i]![column]! / lines[column]![column]!;
      for (let j = column; j <= rank; j++) lines[i]![j]! -= share * lines[column]![j]!;
    }
  }
  const x = new Float64Array(rank);
  for (let i = rank - 1; i >= 0; i--) {
    let sum = lines[i]![rank]!;
    for (let j = i + 1; j < rank; j++) sum -= lines[i]![j]! * x[j]!;
    x[i] = sum / lines[i]![i]!;
  }
  return x;
}

/** How far conjugate gradient goes, and from where. */
interface Descent {
  readonly right: Float64Array;
  readonly start: Factors;
  readonly steps: number;
  /** M⁻¹ r; by default r. */
  readonly precondition?: ((residual: Float64Array) => Float64Array) | undefined;
  /** Ends early once rᵀ M⁻¹ r is at most so much of what it was. */
  readonly tolerance?: number | undefined;
}

/** Up to `steps` steps of conjugate gradient on `left` x = `right` from `start` (Hestenes, Stiefel 1952). */
export function conjugateGradient(left: Float64Array, descent: Descent): Float64Array {
  const { right, start, steps, precondition = (residual) => residual, tolerance = 0 } = descent;
  const x = Float64Array.from(start);
  const product = times(left, x);
  const residual = right.map((value, i) => value - product[i]!);
  let direction = precondition(residual).slice();
  let squared = dot(residual, direction);
  const enough = Math.max(tolerance * squared, 1e-30);
  for (let step = 0; step < steps && squared > enough; step++) {
    const image = times(left, direction);
    const length = squared / dot(direction, image);
    for (let i = 0; i < x.length; i++) {
      x[i]! += length * direction[i]!;
      residual[i]! -= length * image[i]!;
    }
    const preconditioned = precondition(residual);
    const next = dot(residual, preconditioned);
    direction = direction.map((value, i) => preconditioned[i]! + (next / squared) * value);
    squared = next;
  }
  return x;
}

/** `matrix` x, row by row. */
export function times(matrix: Float64Array, x: Factors): Float64Array {
  const rank = x.length;
  return Float64Array.from({ length: rank }, (_, i) => dot(matrix.subarray(i * rank, (i + 1) * rank), x));
}

/**
 * Solves every row of one side: `rowCount × rank`. With `cgSteps`, by that many CG steps from `start`; exactly
 * without. Rows without entries are zero.
 *
 * @param options.isPreconditioned EW-PCG without its basis: M = α₀ G + λ I, which in the eigenbasis of G is a diagonal,
 *   is here a matrix, and M⁻¹ r is found by elimination
 */
export function referenceSolve(
  equations: RowEquations,
  options: ReferenceSolve & {
    readonly cgSteps?: number;
    readonly start?: Factors;
    readonly isPreconditioned?: boolean;
    readonly tolerance?: number;
  },
): Float64Array {
  const { factors: rank, fixed, cgSteps, tolerance } = options;
  const gramian = referenceGramian(fixed, rank);
  const solution = new Float64Array(equations.rowCount * rank);
  const withoutEntries = { ...equations, rowOffsets: new Uint32Array(equations.rowCount + 1) };
  for (let row = 0; row < equations.rowCount; row++) {
    if (equations.rowOffsets[row] === equations.rowOffsets[row + 1]) continue;
    const { left, right } = rowSystem(equations, { ...options, row, gramian });
    if (cgSteps === undefined) {
      solution.set(solveLinear(left, right), row * rank);
      continue;
    }
    const start = options.start?.subarray(row * rank, (row + 1) * rank) ?? new Float64Array(rank);
    const m = rowSystem(withoutEntries, { ...options, row, gramian }).left;
    const precondition = options.isPreconditioned ? (residual: Float64Array) => solveLinear(m, residual) : undefined;
    solution.set(conjugateGradient(left, { right, start, steps: cgSteps, precondition, tolerance }), row * rank);
  }
  return solution;
}

/** The objective of `TrainingRun.loss`, term by term. */
export function referenceLoss(
  problem: Pick<AlsProblem, 'factors' | 'unobservedWeight' | 'users' | 'items' | 'constantLoss'>,
  { userFactors, itemFactors }: { readonly userFactors: Factors; readonly itemFactors: Factors },
): number {
  const { factors: rank, unobservedWeight: alpha0, users, items } = problem;
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
