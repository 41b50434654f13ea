import { DisposedError } from '../../errors.ts';
import type { AlsProblem, RowEquations, Side, SolveOptions, TrainingRun } from '../backend.ts';
import { Pacer } from '../pacer.ts';
import { padRows, strideOf, unpadRows } from '../padded-rows.ts';
import { squaredNorm } from './factor-row.ts';
import { addOuterProducts, mirrorLower } from './gramian.ts';
import { RowSolver } from './row-solver.ts';

/** Rows between two looks at the clock: about a tenth of a millisecond of work at rank 64. */
const rowsPerClock = 16;
const gramianRowsPerClock = 256;

/** Alternating least squares on this thread: float32 factors, double accumulation, a breath every 10 ms. */
export class CpuTraining implements TrainingRun {
  readonly #problem: AlsProblem;
  readonly #options: SolveOptions;
  readonly #stride: number;
  readonly #solver: RowSolver;
  readonly #pacer = new Pacer();
  /** Padded factors by side; null once disposed of. */
  #factors: Record<Side, Float32Array> | null;
  /** Gramians that are still true, so that the loss and the next half-epoch share one. */
  readonly #gramians: Record<Side, Float64Array | null> = { users: null, items: null };

  constructor(problem: AlsProblem, options: SolveOptions) {
    this.#problem = problem;
    this.#options = options;
    this.#stride = strideOf(problem.rank);
    this.#solver = new RowSolver(this.#stride);
    const { rank, users, items, userFactors, itemFactors } = problem;
    this.#factors = {
      users: padRows(userFactors, { rowCount: users.rowCount, rank }),
      items: padRows(itemFactors, { rowCount: items.rowCount, rank }),
    };
  }

  async solve(side: Side): Promise<void> {
    const factors = this.#live();
    const { alpha0 } = this.#problem;
    const equations = this.#problem[side];
    const other: Side = side === 'users' ? 'items' : 'users';
    this.#solver.fix(factors[other], alpha0 === 0 ? null : await this.#gramian(other), alpha0);
    this.#gramians[side] = null;
    for (let row = 0; row < equations.rowCount; row++) {
      const offset = row * this.#stride;
      if (this.#options.solver === 'cholesky') {
        this.#solver.cholesky(equations, row, { factors: factors[side], offset });
      } else {
        const { cgSteps: steps } = this.#options;
        this.#solver.conjugateGradient(equations, row, { factors: factors[side], offset, steps });
      }
      if (row % rowsPerClock === 0 && this.#pacer.isDue) await this.#pacer.yield();
    }
    await this.#pacer.breathe();
  }

  async loss(): Promise<number> {
    const { users, items } = this.#live();
    const { alpha0, constantLoss } = this.#problem;
    let loss = constantLoss;
    if (alpha0 !== 0) {
      // Σ_all (x·y)² = ⟨XᵀX, YᵀY⟩
      const left = await this.#gramian('users');
      const right = await this.#gramian('items');
      let unobserved = 0;
      for (let cell = 0; cell < left.length; cell++) unobserved += left[cell]! * right[cell]!;
      loss += alpha0 * unobserved;
    }
    const { rowCount, rowOffsets, columns, a, b } = this.#problem.users;
    const stride = this.#stride;
    for (let row = 0; row < rowCount; row++) {
      const x = row * stride;
      for (let entry = rowOffsets[row]!; entry < rowOffsets[row + 1]!; entry++) {
        const y = columns[entry]! * stride;
        let dot = 0;
        for (let i = 0; i < stride; i++) dot += users[x + i]! * items[y + i]!;
        loss += a[entry]! * dot * dot - 2 * b[entry]! * dot;
      }
      if (row % rowsPerClock === 0 && this.#pacer.isDue) await this.#pacer.yield();
    }
    loss += this.#penalty(this.#problem.users, users) + this.#penalty(this.#problem.items, items);
    await this.#pacer.breathe();
    return loss;
  }

  factors(): Promise<{ userFactors: Float32Array; itemFactors: Float32Array }> {
    const { users, items } = this.#live();
    const { rank } = this.#problem;
    return Promise.resolve({ userFactors: unpadRows(users, { rank }), itemFactors: unpadRows(items, { rank }) });
  }

  dispose(): void {
    this.#factors = null;
  }

  #live(): Record<Side, Float32Array> {
    if (this.#factors === null) throw new DisposedError('This training run was disposed of; open a new one.');
    return this.#factors;
  }

  async #gramian(side: Side): Promise<Float64Array> {
    const known = this.#gramians[side];
    if (known !== null) return known;
    const factors = this.#live()[side];
    const { rowCount } = this.#problem[side];
    const rank = this.#stride;
    const gramian = new Float64Array(rank * rank);
    for (let first = 0; first < rowCount; first += gramianRowsPerClock) {
      addOuterProducts(gramian, factors, { first, end: Math.min(rowCount, first + gramianRowsPerClock), rank });
      await this.#pacer.breathe();
    }
    mirrorLower(gramian, rank);
    this.#gramians[side] = gramian;
    return gramian;
  }

  /** Σ λ_r |f_r|². */
  #penalty({ rowCount, regularization }: RowEquations, factors: Float32Array): number {
    let penalty = 0;
    for (let row = 0; row < rowCount; row++) penalty += regularization[row]! * squaredNorm(factors, row, this.#stride);
    return penalty;
  }
}
