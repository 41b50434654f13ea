import type { AlsProblem, RowEquations } from '../src/backends/backend.ts';

/**
 * The objective at given factors in double precision, with no code of any back end:
 * α₀ Σ_all (x·y)² + Σ_entries (a (x·y)² − 2 b (x·y)) + constantLoss + Σ λ_u |x_u|² + Σ λ_i |y_i|².
 */
export function lossAt(
  problem: AlsProblem,
  factors: { readonly userFactors: Float32Array; readonly itemFactors: Float32Array },
): number {
  const { factors: rank, unobservedWeight: alpha0, users, items, constantLoss } = problem;
  const { userFactors, itemFactors } = factors;
  let loss = constantLoss + penalty(users, userFactors, rank) + penalty(items, itemFactors, rank);
  if (alpha0 !== 0) {
    // Σ_all (x·y)² = ⟨XᵀX, YᵀY⟩
    const [left, right] = [gramian(userFactors, rank), gramian(itemFactors, rank)];
    for (let cell = 0; cell < left.length; cell++) loss += alpha0 * left[cell]! * right[cell]!;
  }
  const { rowCount, rowOffsets, columns, a, b } = users;
  for (let row = 0; row < rowCount; row++) {
    for (let entry = rowOffsets[row]!; entry < rowOffsets[row + 1]!; entry++) {
      const [x, y] = [row * rank, columns[entry]! * rank];
      let score = 0;
      for (let i = 0; i < rank; i++) score += userFactors[x + i]! * itemFactors[y + i]!;
      loss += a[entry]! * score * score - 2 * b[entry]! * score;
    }
  }
  return loss;
}

/** Σ λ_r |f_r|². */
function penalty({ rowCount, regularization }: RowEquations, factors: Float32Array, rank: number): number {
  let sum = 0;
  for (let row = 0; row < rowCount; row++) {
    let squared = 0;
    for (let i = row * rank; i < (row + 1) * rank; i++) squared += factors[i]! * factors[i]!;
    sum += regularization[row]! * squared;
  }
  return sum;
}

/** FᵀF, `rank × rank`. */
function gramian(factors: Float32Array, rank: number): Float64Array {
  const sums = new Float64Array(rank * rank);
  for (let row = 0; row < factors.length; row += rank) {
    for (let i = 0; i < rank; i++) {
      const factor = factors[row + i]!;
      for (let j = 0; j < rank; j++) sums[i * rank + j]! += factor * factors[row + j]!;
    }
  }
  return sums;
}
