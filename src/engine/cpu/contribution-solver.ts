import type { ItemTable, RowEquations } from '../backend.ts';
import { Pacer } from '../pacer.ts';
import { padRows } from '../padded-rows.ts';
import { LocalLane } from './lane.ts';
import { MemoryLayout } from './memory-layout.ts';
import type { KernelSource } from './wasm/wasm-kernels.ts';

/** Items whose outer products are summed in one call. */
const itemsPerCall = 2048;

/**
 * Exact shares of scores, in double precision on this thread, whichever back end serves: a GPU has single precision.
 * Of the items it holds the Gramian alone, as fold-in on this thread has it; the rows that a question is about are
 * brought along.
 */
export class ContributionSolver {
  readonly #table: ItemTable;
  readonly #stride: number;
  readonly #lane: LocalLane;
  /** Addresses. What only one call needs begins at `desk`. */
  readonly #at: Readonly<Record<'system' | 'scratch' | 'desk', number>>;

  private constructor(table: ItemTable, source: KernelSource) {
    this.#table = table;
    const stride = (table.rank + 7) & ~7;
    this.#stride = stride;
    const layout = new MemoryLayout();
    this.#at = {
      system: layout.take(8 * stride * stride),
      scratch: layout.take(8 * stride * (stride + 6)),
      desk: layout.byteLength,
    };
    this.#lane = new LocalLane(source.open(layout.byteLength), new Pacer());
  }

  /** @param table its factors are read as long as the solver is used */
  static async open(table: ItemTable, source: KernelSource): Promise<ContributionSolver> {
    const solver = new ContributionSolver(table, source);
    if (table.alpha0 !== 0) await solver.#sumGramian();
    return solver;
  }

  /**
   * With A x = Σ_j b_j y_j the score of item i is y_iᵀ x = Σ_j b_j y_iᵀ A⁻¹ y_j, so the terms sum to the score (Hu,
   * Koren, Volinsky 2008, section 5). One Cholesky factorization serves all of them.
   *
   * @param equations one row: the history
   * @returns `itemRows.length × entries`, entries in the order of `equations.columns`
   */
  terms({ columns, a, b, regularization }: RowEquations, itemRows: readonly number[]): Float64Array {
    const { rank, factors } = this.#table;
    const stride = this.#stride;
    const rows = [...columns, ...itemRows];
    const gathered = new Float32Array(rows.length * stride);
    for (const [place, row] of rows.entries()) {
      gathered.set(factors.subarray(row * rank, (row + 1) * rank), place * stride);
    }
    const layout = new MemoryLayout(this.#at.desk);
    const places = layout.place(Uint32Array.from(rows.keys()));
    const termCount = columns.length * itemRows.length;
    const target = layout.take(8 * termCount);
    const call = [
      places,
      layout.place(a),
      layout.place(b),
      columns.length,
      layout.place(regularization),
      places + 4 * columns.length,
      itemRows.length,
      layout.place(gathered),
      4 * stride,
      this.#at.system,
      target,
      this.#at.scratch,
    ] as const;
    this.#lane.furnish(layout);
    const { kernels } = this.#lane;
    kernels.contributions(...call);
    return new Float64Array(kernels.memory.buffer, target, termCount).slice();
  }

  /** α₀ G of all items, a part of them in memory at a time. */
  async #sumGramian(): Promise<void> {
    const { rank, rowCount: itemCount, factors, alpha0 } = this.#table;
    const { system, desk } = this.#at;
    const stride = this.#stride;
    const pacer = new Pacer();
    for (let firstRow = 0; firstRow < itemCount; firstRow += itemsPerCall) {
      const rowCount = Math.min(itemsPerCall, itemCount - firstRow);
      const layout = new MemoryLayout(desk);
      const rows = layout.place(padRows(factors, { rank, firstRow, rowCount, stride }));
      this.#lane.furnish(layout);
      this.#lane.kernels.gramian(rows, 4 * stride, 0, rowCount, system, firstRow);
      await pacer.breathe();
    }
    const matrix = new Float64Array(this.#lane.kernels.memory.buffer, system, stride * stride);
    for (const [cell, value] of matrix.entries()) matrix[cell] = alpha0 * value;
  }
}
