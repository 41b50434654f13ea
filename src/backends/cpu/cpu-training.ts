import type { AlsProblem, Side, SolveOptions, TrainingRun } from '../backend.ts';
import { unpadRows } from '../padded-rows.ts';
import { squaredNorm } from '../factor-row.ts';
import type { Call, JobResult } from './thread.ts';
import { LaneGroup, type LaneGroupOptions, type Station, sides } from './thread-group.ts';

/** Rows a call: a millisecond of work or so at rank 64 where rows have a hundred entries. A multiple of 64. */
const rowsPerCall = 256;

/** `auto`: a row takes no more steps once rᵀ M⁻¹ r, which tells how far it may yet fall, is below this share. */
const autoTolerance = 0.1;

const other: Record<Side, Side> = { users: 'items', items: 'users' };

/** Alternating least squares on this thread and, where there is enough to do, on others. Factors are float32. */
export class CpuTraining implements TrainingRun {
  readonly #problem: AlsProblem;
  readonly #options: SolveOptions;
  /** Numbers a row, a multiple of eight, and bytes. */
  readonly #rank: number;
  readonly #bytes: number;
  readonly #lanes: LaneGroup;
  /** Gramians of the factors as they are now; null where they are to be computed. */
  readonly #gramians: Record<Side, Float64Array | null> = { users: null, items: null };
  /** The side that was solved last: each lane has its rows, and all rows of the other side. */
  #solved: Side = 'items';

  constructor(problem: AlsProblem, options: SolveOptions & LaneGroupOptions) {
    this.#problem = problem;
    this.#options = options;
    this.#rank = (problem.factors + 7) & ~7;
    this.#bytes = 4 * this.#rank;
    this.#lanes = new LaneGroup(problem, { ...options, rank: this.#rank });
  }

  async solve(side: Side): Promise<void> {
    const { unobservedWeight: alpha0 } = this.#problem;
    const { solver, cgSteps } = this.#options;
    const fixed = other[side];
    const isExact = solver === 'cholesky';
    const isDiagonal = solver === 'auto' || solver === 'ew-pcg';
    const gramian = alpha0 === 0 ? new Float64Array(this.#rank ** 2) : await this.#gramian(fixed);
    const system = (isDiagonal ? await this.#whiten(gramian, fixed) : gramian).map((value) => alpha0 * value);
    const tolerance = solver === 'auto' ? autoTolerance : 0;
    this.#gramians[side] = null;
    this.#solved = side;
    const results = await this.#lanes.run(
      (station) => {
        const { memory, scratch } = station;
        const { starts, equations, factors } = memory[side];
        return {
          writes: [[station.system, isExact ? system : Float32Array.from(system)]],
          calls: [
            ...callsOf(starts, (first, end): Call => {
              const rows = [
                ...equations,
                factors,
                memory[fixed].factors,
                this.#bytes,
                first,
                end,
                station.system,
              ] as const;
              return isExact
                ? ['cholesky', ...rows, scratch]
                : ['conjugateGradient', ...rows, Number(isDiagonal), cgSteps, tolerance, scratch];
            }),
            ...this.#gramianCalls(station, side),
          ],
          reads: [this.#gramianRead(station, side)],
        };
      },
      { needs: fixed, changes: [side] },
    );
    this.#gramians[side] = this.#sumOfParts(results);
  }

  async loss(): Promise<number> {
    const { unobservedWeight: alpha0, constantLoss } = this.#problem;
    let loss = constantLoss;
    if (alpha0 !== 0) {
      // Σ_all (x·y)² = ⟨XᵀX, YᵀY⟩
      const [left, right] = [await this.#gramian('users'), await this.#gramian('items')];
      loss += alpha0 * left.reduce((sum, value, cell) => sum + value * right[cell]!, 0);
    }
    const solved = this.#solved;
    const results = await this.#lanes.run(({ memory }) => {
      const { starts, equations, factors } = memory[solved];
      const [offsets, columns, a, b] = equations;
      const rows = [offsets, columns, a, b, factors, memory[other[solved]].factors, this.#bytes] as const;
      return { calls: callsOf(starts, (first, end): Call => ['entryLoss', ...rows, first, end]) };
    });
    for (const { results: terms } of results) for (const term of terms) loss += term;
    for (const side of sides) {
      const factors = this.#lanes.factors(side);
      for (const [row, lambda] of this.#problem[side].regularization.entries()) {
        loss += lambda * squaredNorm(factors, row, this.#rank);
      }
    }
    return loss;
  }

  factors(): Promise<{ userFactors: Float32Array; itemFactors: Float32Array }> {
    const { factors: rank } = this.#problem;
    const unpadded = (side: Side) => unpadRows(this.#lanes.factors(side), { rank, stride: this.#rank });
    return Promise.resolve({ userFactors: unpadded('users'), itemFactors: unpadded('items') });
  }

  dispose(): void {
    this.#lanes.dispose();
  }

  /**
   * Turns the factors of both sides into the eigenbasis of the Gramian of one: scores and norms stay, and the Gramian
   * becomes diagonal.
   *
   * @returns its diagonal
   */
  async #whiten(gramian: Float64Array, fixed: Side): Promise<Float64Array> {
    const rank = this.#rank;
    const { kernels, home } = this.#lanes;
    const { buffer } = kernels.memory;
    const cells = rank * rank;
    const valuesAddress = home.scratch + 8 * cells;
    new Float64Array(buffer, home.system, cells).set(gramian);
    kernels.symmetricEigen(home.system, rank, home.scratch, valuesAddress, valuesAddress + 8 * rank);
    const vectors = new Float64Array(buffer, home.scratch, cells);
    // Rounding may leave a little below zero.
    const values = new Float64Array(buffer, valuesAddress, rank).map((value) => Math.max(0, value));
    const basis = new Float32Array(cells);
    for (let i = 0; i < rank; i++) for (let j = 0; j < rank; j++) basis[i * rank + j] = vectors[j * rank + i]!;
    await this.#lanes.run(
      ({ memory, system, scratch }) => ({
        writes: [[system, basis]],
        calls: sides.flatMap((side) =>
          callsOf(memory[side].starts, (first, end) => [
            'rotate',
            memory[side].factors,
            this.#bytes,
            first,
            end,
            system,
            scratch,
          ]),
        ),
      }),
      { changes: sides },
    );
    this.#gramians[fixed] = new Float64Array(cells);
    for (let i = 0; i < rank; i++) this.#gramians[fixed][i * rank + i] = values[i]!;
    return values;
  }

  async #gramian(side: Side): Promise<Float64Array> {
    return (this.#gramians[side] ??= this.#sumOfParts(
      await this.#lanes.run((station) => ({
        calls: this.#gramianCalls(station, side),
        reads: [this.#gramianRead(station, side)],
      })),
    ));
  }

  #gramianCalls({ memory }: Station, side: Side): Call[] {
    if (this.#problem.unobservedWeight === 0) return [];
    const { starts, factors, gramians } = memory[side];
    return starts.slice(1).flatMap((end, part) =>
      callsOf([starts[part]!, end], (first, last): Call => {
        const matrix = gramians + 8 * part * this.#rank ** 2;
        return ['gramian', factors, this.#bytes, first, last, matrix, Number(first > starts[part]!)];
      }),
    );
  }

  #gramianRead({ memory }: Station, side: Side): readonly [number, number] {
    const { gramians, starts } = memory[side];
    return [gramians, 8 * (starts.length - 1) * this.#rank ** 2];
  }

  /** The sum of the Gramians of all parts, symmetric. */
  #sumOfParts(results: readonly JobResult[]): Float64Array {
    const rank = this.#rank;
    const sum = new Float64Array(rank * rank);
    for (const { copies } of results) {
      const parts = new Float64Array(copies[0]!.buffer);
      for (let cell = 0; cell < parts.length; cell++) sum[cell % sum.length]! += parts[cell]!;
    }
    for (let i = 0; i < rank; i++) for (let j = 0; j < i; j++) sum[j * rank + i] = sum[i * rank + j]!;
    return sum;
  }
}

/** Calls for the rows from `starts[0]` to the last, of which none goes across one of `starts`. Empty parts have one. */
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
