import type { ItemTable, RowEquations } from '../backend.ts';
import { Pacer } from '../pacer.ts';
import { padRows } from '../padded-rows.ts';
import { LocalThread } from './thread.ts';
import { MemoryLayout } from './memory-layout.ts';
import type { KernelSource } from './wasm/wasm-kernels.ts';

/** Items whose outer products are summed in one call. */
const itemsPerCall = 2048;

/**
 * With A x = Σ_j b_j y_j the score of item i is y_iᵀ x = Σ_j b_j y_iᵀ A⁻¹ y_j, so the terms sum to the score (Hu, Koren,
 * Volinsky 2008, section 5). One Cholesky factorization serves all of them.
 *
 * @param equations one row: the history
 * @returns `itemRows.length × entries`, entries in the order of `equations.columns`
 */
export type ScoreShares = (equations: RowEquations, itemRows: readonly number[]) => Float64Array;

/**
 * Exact shares of scores, in double precision on this thread, whichever back end serves: a GPU has single precision.
 * Of the items the Gramian alone is held, as fold-in on this thread has it; the rows that a question is about are
 * brought along.
 *
 * @param table its factors are read as long as the shares are asked for
 */
export async function openScoreShares(
  { factors: rank, rowCount: itemCount, itemFactors: factors, unobservedWeight: alpha0 }: ItemTable,
  source: KernelSource,
): Promise<ScoreShares> {
  const stride = (rank + 7) & ~7;
  const pacer = new Pacer();
  const layout = new MemoryLayout();
  const system = layout.take(8 * stride * stride);
  const scratch = layout.take(8 * stride * (stride + 6));
  const desk = layout.byteLength;
  const kernels = source.open(desk);
  const thread = new LocalThread(kernels, pacer);
  const doubles = (address: number, length: number): Float64Array =>
    new Float64Array(kernels.memory.buffer, address, length);

  // α₀ G; a part of the items is in memory at a time.
  const summedCount = alpha0 === 0 ? 0 : itemCount;
  for (let firstRow = 0; firstRow < summedCount; firstRow += itemsPerCall) {
    const rowCount = Math.min(itemsPerCall, itemCount - firstRow);
    const part = new MemoryLayout(desk);
    const rows = part.place(padRows(factors, { factors: rank, firstRow, rowCount, paddedFactors: stride }));
    thread.load(part);
    kernels.gramian(rows, 4 * stride, 0, rowCount, system, firstRow);
    await pacer.breathe();
  }
  doubles(system, stride * stride).forEach((value, cell, matrix) => (matrix[cell] = alpha0 * value));

  return ({ columns, a, b, regularization }, itemRows) => {
    const order = Uint32Array.from([...columns, ...itemRows]);
    const entryCount = columns.length;
    const termCount = entryCount * itemRows.length;
    const question = new MemoryLayout(desk);
    const places = question.place(order.map((_, place) => place));
    const target = question.take(8 * termCount);
    const call = [
      places,
      question.place(a),
      question.place(b),
      entryCount,
      question.place(regularization),
      places + 4 * entryCount,
      itemRows.length,
      question.place(padRows(factors, { factors: rank, rowCount: order.length, paddedFactors: stride, order })),
    ] as const;
    thread.load(question);
    kernels.contributions(...call, 4 * stride, system, target, scratch);
    return doubles(target, termCount).slice();
  };
}
