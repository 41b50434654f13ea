import type { AlsProblem, Side, SolveOptions, TrainingRun } from '../backend.ts';
import { unpadRows } from '../padded-rows.ts';
import { squaredNorm } from '../factor-row.ts';
import type { Call, JobResult } from './thread.ts';
import { sides, ThreadGroup, type ThreadGroupOptions, type ThreadMemory } from './thread-group.ts';

/**
 * Rows per kernel call, a multiple of 64: about a millisecond of work with 64 factors and a hundred entries per row.
 */
const rowsPerCall = 256;

/**
 * `auto`: a row stops once rᵀ M⁻¹ r, which estimates what is left to gain, is below this share of its initial value.
 */
const autoTolerance = 0.1;

const other: Record<Side, Side> = { users: 'items', items: 'users' };

/** Alternating least squares on the calling thread and, if there is enough work, on others. Factors are float32. */
export class CpuTraining implements TrainingRun {
  readonly #problem: AlsProblem;
  readonly #options: SolveOptions;
  /** Numbers per row in memory, a multiple of eight; then the bytes of that. */
  readonly #paddedFactors: number;
  readonly #rowBytes: number;
  readonly #threads: ThreadGroup;
  /** Gramians of the current factors; null until computed. */
  readonly #gramians: Record<Side, Float64Array | null> = { users: null, items: null };
  /** The side that was solved last: each thread holds its own rows of it, and all rows of the other side. */
  #solved: Side = 'items';

  constructor(problem: AlsProblem, options: SolveOptions & ThreadGroupOptions) {
    this.#problem = problem;
    this.#options = options;
    this.#paddedFactors = (problem.factors + 7) & ~7;
    this.#rowBytes = 4 * this.#paddedFactors;
    this.#threads = new ThreadGroup(problem, { ...options, paddedFactors: this.#paddedFactors });
  }

  async solve(side: Side): Promise<void> {
    const { unobservedWeight } = this.#problem;
    const { solver, cgSteps } = this.#options;
    const fixed = other[side];
    const isExact = solver === 'cholesky';
    const isDiagonal = solver === 'auto' || solver === 'ew-pcg';
    const gramian = unobservedWeight === 0 ? new Float64Array(this.#paddedFactors ** 2) : await this.#gramian(fixed);
    const weighted = isDiagonal ? await this.#turnIntoEigenbasis(gramian, fixed) : gramian;
    const system = weighted.map((value) => unobservedWeight * value);
    const tolerance = solver === 'auto' ? autoTolerance : 0;
    this.#gramians[side] = null;
    this.#solved = side;
    const results = await this.#threads.run(
      (memory) => {
        const { starts, equations, factors } = memory[side];
        return {
          writes: [[memory.system, isExact ? system : Float32Array.from(system)]],
          calls: [
            ...callsOf(starts, (first, end): Call => {
              const rows = [
                ...equations,
                factors,
                memory[fixed].factors,
                this.#rowBytes,
                first,
                end,
                memory.system,
              ] as const;
              return isExact
                ? ['cholesky', ...rows, memory.scratch]
                : ['conjugateGradient', ...rows, Number(isDiagonal), cgSteps, tolerance, memory.scratch];
            }),
            ...this.#gramianCalls(memory, side),
          ],
          reads: [this.#gramianRead(memory, side)],
        };
      },
      { needs: fixed, changes: [side] },
    );
    this.#gramians[side] = this.#sumOfParts(results);
  }

  async loss(): Promise<number> {
    const { unobservedWeight, constantLoss } = this.#problem;
    let loss = constantLoss;
    if (unobservedWeight !== 0) {
      // Σ_all (x·y)² = ⟨XᵀX, YᵀY⟩
      const [left, right] = [await this.#gramian('users'), await this.#gramian('items')];
      loss += unobservedWeight * left.reduce((sum, value, cell) => sum + value * right[cell]!, 0);
    }
    const solved = this.#solved;
    const results = await this.#threads.run((memory) => {
      const { starts, equations, factors } = memory[solved];
      const [offsets, columns, a, b] = equations;
      const rows = [offsets, columns, a, b, factors, memory[other[solved]].factors, this.#rowBytes] as const;
      return { calls: callsOf(starts, (first, end): Call => ['entryLoss', ...rows, first, end]) };
    });
    for (const { results: terms } of results) for (const term of terms) loss += term;
    for (const side of sides) {
      const factors = this.#threads.factors(side);
      for (const [row, lambda] of this.#problem[side].regularization.entries()) {
        loss += lambda * squaredNorm(factors, row, this.#paddedFactors);
      }
    }
    return loss;
  }

  factors(): Promise<{ userFactors: Float32Array; itemFactors: Float32Array }> {
    const { factors } = this.#problem;
    const paddedFactors = this.#paddedFactors;
    const unpadded = (side: Side) => unpadRows(this.#threads.factors(side), { factors, paddedFactors });
    return Promise.resolve({ userFactors: unpadded('users'), itemFactors: unpadded('items') });
  }

  dispose(): void {
    this.#threads.dispose();
  }

  /**
   * Rotates the factors of both sides into the eigenbasis of the Gramian of side `fixed`: scores and norms stay the
   * same, and the Gramian becomes diagonal.
   *
   * @returns the diagonal of that Gramian
   */
  async #turnIntoEigenbasis(gramian: Float64Array, fixed: Side): Promise<Float64Array> {
    const paddedFactors = this.#paddedFactors;
    const { kernels, memory: local } = this.#threads;
    const { buffer } = kernels.memory;
    const cells = paddedFactors * paddedFactors;
    const valuesAddress = local.scratch + 8 * cells;
    new Float64Array(buffer, local.system, cells).set(gramian);
    kernels.symmetricEigen(
      local.system,
      paddedFactors,
      local.scratch,
      valuesAddress,
      valuesAddress + 8 * paddedFactors,
    );
    const vectors = new Float64Array(buffer, local.scratch, cells);
    // Rounding may make eigenvalues slightly negative.
    const values = new Float64Array(buffer, valuesAddress, paddedFactors).map((value) => Math.max(0, value));
    const basis = new Float32Array(cells);
    for (let i = 0; i < paddedFactors; i++)
      for (let j = 0; j < paddedFactors; j++) basis[i * paddedFactors + j] = vectors[j * paddedFactors + i]!;
    await this.#threads.run(
      (memory) => ({
        writes: [[memory.system, basis]],
        calls: sides.flatMap((side) =>
          callsOf(memory[side].starts, (first, end) => [
            'rotate',
            memory[side].factors,
            this.#rowBytes,
            first,
            end,
            memory.system,
            memory.scratch,
          ]),
        ),
      }),
      { changes: sides },
    );
    this.#gramians[fixed] = new Float64Array(cells);
    for (let i = 0; i < paddedFactors; i++) this.#gramians[fixed][i * paddedFactors + i] = values[i]!;
    return values;
  }

  async #gramian(side: Side): Promise<Float64Array> {
    return (this.#gramians[side] ??= this.#sumOfParts(
      await this.#threads.run((memory) => ({
        calls: this.#gramianCalls(memory, side),
        reads: [this.#gramianRead(memory, side)],
      })),
    ));
  }

  #gramianCalls(memory: ThreadMemory, side: Side): Call[] {
    if (this.#problem.unobservedWeight === 0) return [];
    const { starts, factors, gramians } = memory[side];
    return starts.slice(1).flatMap((end, part) =>
      callsOf([starts[part]!, end], (first, last): Call => {
        const matrix = gramians + 8 * part * this.#paddedFactors ** 2;
        return ['gramian', factors, this.#rowBytes, first, last, matrix, Number(first > starts[part]!)];
      }),
    );
  }

  #gramianRead(memory: ThreadMemory, side: Side): readonly [number, number] {
    const { gramians, starts } = memory[side];
    return [gramians, 8 * (starts.length - 1) * this.#paddedFactors ** 2];
  }

  /** Sums the Gramians of all parts and mirrors the lower triangle. */
  #sumOfParts(results: readonly JobResult[]): Float64Array {
    const paddedFactors = this.#paddedFactors;
    const sum = new Float64Array(paddedFactors * paddedFactors);
    for (const { copies } of results) {
      const parts = new Float64Array(copies[0]!.buffer);
      for (let cell = 0; cell < parts.length; cell++) sum[cell % sum.length]! += parts[cell]!;
    }
    for (let i = 0; i < paddedFactors; i++)
      for (let j = 0; j < i; j++) sum[j * paddedFactors + i] = sum[i * paddedFactors + j]!;
    return sum;
  }
}

/**
 * Calls that cover the parts between `starts`; no call crosses a part's border, and an empty part gets one empty call.
 */
function callsOf(starts: readonly number[], call: (first: number, end: number) => Call): Call[] {
  const calls: Call[] = [];
  for (const [part, end] of starts.slice(1).entries()) {
    let first = starts[part]!;
    do {
      const next = Math.min(end, first + rowsPerCall);
      calls.push(call(first, next));
      first = next;
    } while (first < end);
  }
  return calls;
}
