import type { AlsProblem, RowEquations, Side, TrainingRun } from '../../../src/backends/backend.ts';
import { lossAt } from '../../referee.ts';

/** Below this squared residual a row is solved; implicit stops there too. */
const solvedResidual = 1e-20;

/**
 * The yardstick: alternating least squares by conjugate gradients as plain TypeScript does it well on one thread.
 * Factors are float32, sums double; rows of four factors at a time, one scratch for all rows, and all in one module, so
 * that nothing stands between the compiler and the inner loops.
 *
 * @throws {RangeError} a rank that is not a multiple of 4
 */
export class PlainAls implements TrainingRun {
  readonly #problem: AlsProblem;
  readonly #steps: number;
  readonly #factors: Record<Side, Float32Array>;
  readonly #x: Float64Array;
  readonly #residual: Float64Array;
  readonly #direction: Float64Array;
  readonly #product: Float64Array;

  constructor(problem: AlsProblem, steps: number) {
    const { factors: rank, userFactors, itemFactors } = problem;
    if (rank % 4 !== 0) throw new RangeError(`The plain yardstick takes ranks that are multiples of 4, got ${rank}.`);
    this.#problem = problem;
    this.#steps = steps;
    this.#factors = { users: userFactors.slice(), items: itemFactors.slice() };
    this.#x = new Float64Array(rank);
    this.#residual = new Float64Array(rank);
    this.#direction = new Float64Array(rank);
    this.#product = new Float64Array(rank);
  }

  solve(side: Side): Promise<void> {
    const { factors: rank, unobservedWeight: alpha0 } = this.#problem;
    const equations = this.#problem[side];
    const others = this.#factors[side === 'users' ? 'items' : 'users'];
    const gramian = gramianOf(others, rank, alpha0);
    for (let row = 0; row < equations.rowCount; row++) {
      this.#solveRow({ equations, row, others, gramian, factors: this.#factors[side] });
    }
    return Promise.resolve();
  }

  loss(): Promise<number> {
    const { users, items } = this.#factors;
    return Promise.resolve(lossAt(this.#problem, { userFactors: users, itemFactors: items }));
  }

  factors(): Promise<{ userFactors: Float32Array; itemFactors: Float32Array }> {
    const { users, items } = this.#factors;
    return Promise.resolve({ userFactors: users.slice(), itemFactors: items.slice() });
  }

  dispose(): void {}

  #solveRow(call: {
    equations: RowEquations;
    row: number;
    others: Float32Array;
    gramian: Float64Array;
    factors: Float32Array;
  }): void {
    const { equations, row, others, factors } = call;
    const { factors: rank } = this.#problem;
    const [x, residual, direction, product] = [this.#x, this.#residual, this.#direction, this.#product];
    const { rowOffsets, columns, b } = equations;
    const [first, end, at] = [rowOffsets[row]!, rowOffsets[row + 1]!, row * rank];
    if (first === end) {
      factors.fill(0, at, at + rank);
      return;
    }
    for (let i = 0; i < rank; i++) x[i] = factors[at + i]!;
    this.#multiply(call, x);
    residual.fill(0);
    for (let entry = first; entry < end; entry++) {
      if (b[entry] !== 0) addRow(residual, b[entry]!, others, columns[entry]! * rank);
    }
    let squared = 0;
    for (let i = 0; i < rank; i++) {
      residual[i]! -= product[i]!;
      direction[i] = residual[i]!;
      squared += residual[i]! ** 2;
    }
    for (let step = 0; step < this.#steps && squared > solvedResidual; step++) {
      this.#multiply(call, direction);
      let curvature = 0;
      for (let i = 0; i < rank; i++) curvature += direction[i]! * product[i]!;
      if (!(curvature > 0)) break;
      const length = squared / curvature;
      let next = 0;
      for (let i = 0; i < rank; i++) {
        x[i]! += length * direction[i]!;
        residual[i]! -= length * product[i]!;
        next += residual[i]! ** 2;
      }
      const turn = next / squared;
      for (let i = 0; i < rank; i++) direction[i] = residual[i]! + turn * direction[i]!;
      squared = next;
    }
    for (let i = 0; i < rank; i++) factors[at + i] = x[i]!;
  }

  /** product = (α₀ G + λ I + Σ a y yᵀ) vector. */
  #multiply(
    {
      equations,
      row,
      others,
      gramian,
    }: { equations: RowEquations; row: number; others: Float32Array; gramian: Float64Array },
    vector: Float64Array,
  ): void {
    const { factors: rank } = this.#problem;
    const product = this.#product;
    const { rowOffsets, columns, a, regularization } = equations;
    const lambda = regularization[row]!;
    // Four rows of the Gramian at once: one load of the vector serves four products.
    for (let i = 0; i < rank; i += 4) {
      const [line0, line1, line2, line3] = [i * rank, (i + 1) * rank, (i + 2) * rank, (i + 3) * rank];
      let sum0 = lambda * vector[i]!;
      let sum1 = lambda * vector[i + 1]!;
      let sum2 = lambda * vector[i + 2]!;
      let sum3 = lambda * vector[i + 3]!;
      for (let j = 0; j < rank; j++) {
        const value = vector[j]!;
        sum0 += gramian[line0 + j]! * value;
        sum1 += gramian[line1 + j]! * value;
        sum2 += gramian[line2 + j]! * value;
        sum3 += gramian[line3 + j]! * value;
      }
      product[i] = sum0;
      product[i + 1] = sum1;
      product[i + 2] = sum2;
      product[i + 3] = sum3;
    }
    const end = rowOffsets[row + 1]!;
    for (let entry = rowOffsets[row]!; entry < end; entry++) {
      const y = columns[entry]! * rank;
      addRow(product, a[entry]! * dotRow(vector, others, y), others, y);
    }
  }
}

function dotRow(x: Float64Array, factors: Float32Array, offset: number): number {
  let dot0 = 0;
  let dot1 = 0;
  let dot2 = 0;
  let dot3 = 0;
  for (let i = 0; i < x.length; i += 4) {
    dot0 += x[i]! * factors[offset + i]!;
    dot1 += x[i + 1]! * factors[offset + i + 1]!;
    dot2 += x[i + 2]! * factors[offset + i + 2]!;
    dot3 += x[i + 3]! * factors[offset + i + 3]!;
  }
  return dot0 + dot1 + (dot2 + dot3);
}

function addRow(x: Float64Array, weight: number, factors: Float32Array, offset: number): void {
  for (let i = 0; i < x.length; i += 4) {
    x[i]! += weight * factors[offset + i]!;
    x[i + 1]! += weight * factors[offset + i + 1]!;
    x[i + 2]! += weight * factors[offset + i + 2]!;
    x[i + 3]! += weight * factors[offset + i + 3]!;
  }
}

/** α₀ Σ y yᵀ, four rows at a time: each cell is then loaded and stored once for four products. */
function gramianOf(factors: Float32Array, rank: number, alpha0: number): Float64Array {
  const gramian = new Float64Array(rank * rank);
  if (alpha0 === 0) return gramian;
  const lastFull = factors.length - (factors.length % (4 * rank));
  for (let row = 0; row < factors.length; row += row < lastFull ? 4 * rank : rank) {
    const count = row < lastFull ? 4 : 1;
    for (let i = 0; i < rank; i++) {
      const line = i * rank;
      const f0 = factors[row + i]!;
      if (count === 1) {
        for (let j = 0; j <= i; j++) gramian[line + j]! += f0 * factors[row + j]!;
        continue;
      }
      const [row1, row2, row3] = [row + rank, row + 2 * rank, row + 3 * rank];
      const f1 = factors[row1 + i]!;
      const f2 = factors[row2 + i]!;
      const f3 = factors[row3 + i]!;
      for (let j = 0; j <= i; j++) {
        gramian[line + j]! +=
          f0 * factors[row + j]! + f1 * factors[row1 + j]! + f2 * factors[row2 + j]! + f3 * factors[row3 + j]!;
      }
    }
  }
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j <= i; j++) {
      const value = alpha0 * gramian[i * rank + j]!;
      gramian[i * rank + j] = value;
      gramian[j * rank + i] = value;
    }
  }
  return gramian;
}
