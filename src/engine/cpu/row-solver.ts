import type { RowEquations } from '../backend.ts';
import { factorizeCholesky, solveCholesky } from './cholesky.ts';
import { addRow, dotRow } from './factor-row.ts';
import { addOuterProducts } from './gramian.ts';

/** Below this squared residual a row is solved: `implicit` stops its conjugate gradient there too. */
const solvedResidual = 1e-20;

/**
 * Solves single rows of (α₀ G + Σ a y yᵀ + λ I) x = Σ b y in double precision, into float32 factors.
 * It owns the scratch memory, so that a row allocates nothing.
 *
 * Factor rows are `stride` numbers apart, a multiple of four, with zeros beyond the rank: the padding stays exactly
 * zero in every step, and the inner loops need no remainder.
 */
export class RowSolver {
  readonly #stride: number;
  readonly #x: Float64Array;
  readonly #residual: Float64Array;
  readonly #direction: Float64Array;
  readonly #product: Float64Array;
  #matrix: Float64Array | null = null;
  #others: Float32Array = new Float32Array(0);
  /** α₀ G, symmetric; null where α₀ is 0. */
  #gramian: Float64Array | null = null;

  constructor(stride: number) {
    this.#stride = stride;
    this.#x = new Float64Array(stride);
    this.#residual = new Float64Array(stride);
    this.#direction = new Float64Array(stride);
    this.#product = new Float64Array(stride);
  }

  /**
   * Fixes the other side. `gramian` is its `stride × stride` Gramian, not yet scaled by `alpha0`; it is not needed
   * where `alpha0` is 0.
   */
  fix(others: Float32Array, gramian: Float64Array | null, alpha0: number): void {
    this.#others = others;
    this.#gramian = alpha0 === 0 || gramian === null ? null : gramian.map((value) => value * alpha0);
  }

  /** `steps` conjugate gradient steps from what stands at `target[offset …]`. A row without entries becomes zero. */
  conjugateGradient(
    equations: RowEquations,
    row: number,
    target: { factors: Float32Array; offset: number; steps: number },
  ): void {
    const stride = this.#stride;
    const x = this.#x;
    const residual = this.#residual;
    const direction = this.#direction;
    const product = this.#product;
    const { factors, offset, steps } = target;
    const first = equations.rowOffsets[row]!;
    const end = equations.rowOffsets[row + 1]!;
    if (first === end) {
      factors.fill(0, offset, offset + stride);
      return;
    }
    for (let i = 0; i < stride; i++) x[i] = factors[offset + i]!;
    this.#multiply(equations, row, x);
    this.#rightSide(equations, first, end);
    let squared = 0;
    for (let i = 0; i < stride; i++) {
      const value = residual[i]! - product[i]!;
      residual[i] = value;
      direction[i] = value;
      squared += value * value;
    }
    for (let step = 0; step < steps && squared > solvedResidual; step++) {
      this.#multiply(equations, row, direction);
      let curvature = 0;
      for (let i = 0; i < stride; i++) curvature += direction[i]! * product[i]!;
      if (!(curvature > 0)) break;
      const length = squared / curvature;
      let next = 0;
      for (let i = 0; i < stride; i++) {
        x[i]! += length * direction[i]!;
        const value = residual[i]! - length * product[i]!;
        residual[i] = value;
        next += value * value;
      }
      const turn = next / squared;
      for (let i = 0; i < stride; i++) direction[i] = residual[i]! + turn * direction[i]!;
      squared = next;
    }
    for (let i = 0; i < stride; i++) factors[offset + i] = x[i]!;
  }

  /** The exact solution, into `factors[offset …]`. A row without entries becomes zero. */
  cholesky(equations: RowEquations, row: number, target: { factors: Float32Array; offset: number }): void {
    const stride = this.#stride;
    const { factors, offset } = target;
    const first = equations.rowOffsets[row]!;
    const end = equations.rowOffsets[row + 1]!;
    if (first === end) {
      factors.fill(0, offset, offset + stride);
      return;
    }
    const matrix = (this.#matrix ??= new Float64Array(stride * stride));
    if (this.#gramian === null) matrix.fill(0);
    else matrix.set(this.#gramian);
    addOuterProducts(matrix, this.#others, {
      first,
      end,
      rank: stride,
      columns: equations.columns,
      weights: equations.a,
    });
    const regularization = equations.regularization[row]!;
    for (let i = 0; i < stride; i++) matrix[i * stride + i]! += regularization;
    factorizeCholesky(matrix, this.#direction, stride);
    this.#rightSide(equations, first, end);
    solveCholesky(matrix, this.#direction, this.#residual, stride);
    for (let i = 0; i < stride; i++) factors[offset + i] = this.#residual[i]!;
  }

  /** residual = Σ b y. */
  #rightSide({ columns, b }: RowEquations, first: number, end: number): void {
    const stride = this.#stride;
    const residual = this.#residual.fill(0);
    for (let entry = first; entry < end; entry++) {
      if (b[entry] !== 0) addRow(residual, b[entry]!, this.#others, columns[entry]! * stride);
    }
  }

  /** product = (α₀ G + λ I + Σ a y yᵀ) vector. */
  #multiply(equations: RowEquations, row: number, vector: Float64Array): void {
    const stride = this.#stride;
    const product = this.#product;
    const gramian = this.#gramian;
    const regularization = equations.regularization[row]!;
    if (gramian === null) {
      for (let i = 0; i < stride; i++) product[i] = regularization * vector[i]!;
    } else {
      // Four rows of the Gramian at once: one load of the vector serves four products.
      for (let i = 0; i < stride; i += 4) {
        const line0 = i * stride;
        const line1 = line0 + stride;
        const line2 = line1 + stride;
        const line3 = line2 + stride;
        let sum0 = regularization * vector[i]!;
        let sum1 = regularization * vector[i + 1]!;
        let sum2 = regularization * vector[i + 2]!;
        let sum3 = regularization * vector[i + 3]!;
        for (let j = 0; j < stride; j++) {
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
    }
    const { rowOffsets, columns, a } = equations;
    const others = this.#others;
    const end = rowOffsets[row + 1]!;
    for (let entry = rowOffsets[row]!; entry < end; entry++) {
      const y = columns[entry]! * stride;
      addRow(product, a[entry]! * dotRow(vector, others, y), others, y);
    }
  }
}
