/**
 * The row equation and its objective in plain double precision, written for the reader and not for speed. It shares
 * no code with the back ends: the exact solution is Gaussian elimination, the objective a loop over every cell.
 */
import type { AlsProblem, RowEquations } from '../../src/engine/backend.ts';

export type Numbers = ArrayLike<number>;

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

function dot(left: Numbers, leftRow: number, right: Numbers, rightRow: number, rank: number): number {
  let sum = 0;
  for (let i = 0; i < rank; i++) sum += left[leftRow * rank + i]! * right[rightRow * rank + i]!;
  return sum;
}

/** A = α₀ Σ_all y yᵀ + Σ a y yᵀ + λ I and Σ b y of one row. */
export function systemOf(
  equations: RowEquations,
  row: number,
  other: { factors: Numbers; rank: number; alpha0: number },
): { matrix: number[][]; right: number[] } {
  const { factors, rank, alpha0 } = other;
  const matrix = Array.from({ length: rank }, () => zeros(rank));
  const right = zeros(rank);
  const add = (item: number, weight: number): void => {
    for (let i = 0; i < rank; i++) {
      for (let j = 0; j < rank; j++) matrix[i]![j]! += weight * factors[item * rank + i]! * factors[item * rank + j]!;
    }
  };
  for (let item = 0; item < equations.columnCount; item++) add(item, alpha0);
  for (let entry = equations.rowOffsets[row]!; entry < equations.rowOffsets[row + 1]!; entry++) {
    const item = equations.columns[entry]!;
    add(item, equations.a[entry]!);
    for (let i = 0; i < rank; i++) right[i]! += equations.b[entry]! * factors[item * rank + i]!;
  }
  for (let i = 0; i < rank; i++) matrix[i]![i]! += equations.regularization[row]!;
  return { matrix, right };
}

/** x of A x = b by Gaussian elimination with partial pivoting. */
export function solveLinear(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rank = right.length;
  const work = matrix.map((line, i) => [...line, right[i]!]);
  for (let column = 0; column < rank; column++) {
    let pivot = column;
    for (let i = column + 1; i < rank; i++) {
      if (Math.abs(work[i]![column]!) > Math.abs(work[pivot]![column]!)) pivot = i;
    }
    [work[column], work[pivot]] = [work[pivot]!, work[column]!];
    for (let i = column + 1; i < rank; i++) {
      const share = work[i]![column]! / work[column]![column]!;
      for (let j = column; j <= rank; j++) work[i]![j]! -= share * work[column]![j]!;
    }
  }
  const solution = zeros(rank);
  for (let i = rank - 1; i >= 0; i--) {
    let sum = work[i]![rank]!;
    for (let j = i + 1; j < rank; j++) sum -= work[i]![j]! * solution[j]!;
    solution[i] = sum / work[i]![i]!;
  }
  return solution;
}

/** Every row solved exactly; rows without entries are zero. */
export function solveRows(
  equations: RowEquations,
  other: { factors: Numbers; rank: number; alpha0: number },
): Float64Array {
  const solved = new Float64Array(equations.rowCount * other.rank);
  for (let row = 0; row < equations.rowCount; row++) {
    if (equations.rowOffsets[row] === equations.rowOffsets[row + 1]) continue;
    const { matrix, right } = systemOf(equations, row, other);
    solved.set(solveLinear(matrix, right), row * other.rank);
  }
  return solved;
}

/** Textbook conjugate gradient, `steps` steps from `start`, for every row; rows without entries are zero. */
export function conjugateGradientRows(
  equations: RowEquations,
  other: { factors: Numbers; rank: number; alpha0: number },
  options: { start: Numbers; steps: number },
): Float64Array {
  const { rank } = other;
  const solved = new Float64Array(equations.rowCount * rank);
  for (let row = 0; row < equations.rowCount; row++) {
    if (equations.rowOffsets[row] === equations.rowOffsets[row + 1]) continue;
    const { matrix, right } = systemOf(equations, row, other);
    const times = (vector: number[]): number[] =>
      matrix.map((line) => line.reduce((sum, value, j) => sum + value * vector[j]!, 0));
    const inner = (left: number[], other: number[]): number =>
      left.reduce((sum, value, i) => sum + value * other[i]!, 0);
    let x = Array.from({ length: rank }, (_, i) => options.start[row * rank + i]!);
    const image = times(x);
    let residual = right.map((value, i) => value - image[i]!);
    let direction = residual;
    for (let step = 0; step < options.steps; step++) {
      const squared = inner(residual, residual);
      if (squared < 1e-20) break;
      const product = times(direction);
      const length = squared / inner(direction, product);
      x = x.map((value, i) => value + length * direction[i]!);
      residual = residual.map((value, i) => value - length * product[i]!);
      const turn = inner(residual, residual) / squared;
      direction = residual.map((value, i) => value + turn * direction[i]!);
    }
    solved.set(x, row * rank);
  }
  return solved;
}

/**
 * EW-PCG without its basis: conjugate gradient preconditioned by M = α₀ G + λ I, for every row. In the eigenbasis of G
 * that is a diagonal; here M is a matrix, and M⁻¹ r is solved by elimination. A row ends early once rᵀ M⁻¹ r is at most
 * `tolerance` of what it was. Rows without entries are zero.
 */
export function preconditionedRows(
  equations: RowEquations,
  other: { factors: Numbers; rank: number; alpha0: number },
  options: { start: Numbers; steps: number; tolerance?: number },
): Float64Array {
  const { rank } = other;
  const { steps, start, tolerance = 0 } = options;
  const inner = (left: readonly number[], right: readonly number[]): number =>
    left.reduce((sum, value, i) => sum + value * right[i]!, 0);
  const solved = new Float64Array(equations.rowCount * rank);
  const withoutEntries = { ...equations, rowOffsets: new Uint32Array(equations.rowCount + 1) };
  for (let row = 0; row < equations.rowCount; row++) {
    if (equations.rowOffsets[row] === equations.rowOffsets[row + 1]) continue;
    const { matrix, right } = systemOf(equations, row, other);
    const { matrix: preconditioner } = systemOf(withoutEntries, row, other);
    const times = (vector: readonly number[]): number[] => matrix.map((line) => inner(line, vector));
    let x = Array.from({ length: rank }, (_, i) => start[row * rank + i]!);
    const image = times(x);
    let residual = right.map((value, i) => value - image[i]!);
    let direction = solveLinear(preconditioner, residual);
    let squared = inner(residual, direction);
    const enough = tolerance * squared;
    for (let step = 0; step < steps && squared > Math.max(enough, 1e-30); step++) {
      const product = times(direction);
      const length = squared / inner(direction, product);
      x = x.map((value, i) => value + length * direction[i]!);
      residual = residual.map((value, i) => value - length * product[i]!);
      const preconditioned = solveLinear(preconditioner, residual);
      const next = inner(residual, preconditioned);
      direction = preconditioned.map((value, i) => value + (next / squared) * direction[i]!);
      squared = next;
    }
    solved.set(x, row * rank);
  }
  return solved;
}

/** The objective of `TrainingRun.loss`, cell by cell. */
export function lossOf(problem: AlsProblem, factors: { userFactors: Numbers; itemFactors: Numbers }): number {
  const { rank, alpha0, users, items, constantLoss } = problem;
  const { userFactors, itemFactors } = factors;
  let loss = constantLoss;
  for (let user = 0; user < users.rowCount; user++) {
    for (let item = 0; item < items.rowCount; item++) {
      loss += alpha0 * dot(userFactors, user, itemFactors, item, rank) ** 2;
    }
    for (let entry = users.rowOffsets[user]!; entry < users.rowOffsets[user + 1]!; entry++) {
      const score = dot(userFactors, user, itemFactors, users.columns[entry]!, rank);
      loss += users.a[entry]! * score ** 2 - 2 * users.b[entry]! * score;
    }
    loss += users.regularization[user]! * dot(userFactors, user, userFactors, user, rank);
  }
  for (let item = 0; item < items.rowCount; item++) {
    loss += items.regularization[item]! * dot(itemFactors, item, itemFactors, item, rank);
  }
  return loss;
}

/** x·y of every pair: users × items. */
export function scoresOfAll(users: Numbers, items: Numbers, rank: number): Float64Array {
  const itemCount = items.length / rank;
  return Float64Array.from({ length: (users.length / rank) * itemCount }, (_, cell) =>
    dot(users, Math.floor(cell / itemCount), items, cell % itemCount, rank),
  );
}

/** Scores of every item for one query, as `ScoringTable.scores` defines them. */
export function scoresOf(
  query: Numbers,
  table: { factors: Numbers; biases: Numbers; rowCount: number; rank: number },
  similarity: 'dot' | 'cosine',
): number[] {
  const { factors, biases, rowCount, rank } = table;
  const norm = Math.sqrt(dot(query, 0, query, 0, rank));
  return Array.from({ length: rowCount }, (_, row) => {
    const product = dot(query, 0, factors, row, rank);
    if (similarity === 'dot') return product + biases[row]!;
    const norms = norm * Math.sqrt(dot(factors, row, factors, row, rank));
    return norms === 0 ? 0 : product / norms;
  });
}

/** Rows by falling score, ties to the lower row, masked rows left out. */
export function topRows(scores: Numbers, options: { k: number; isMasked?: (row: number) => boolean }): number[] {
  return Array.from({ length: scores.length }, (_, row) => row)
    .filter((row) => !options.isMasked?.(row))
    .sort((left, right) => scores[right]! - scores[left]! || left - right)
    .slice(0, options.k);
}
