import type { Explainer, ItemSide, RowEquations } from '../backend.ts';
import { CallQueue } from '../call-queue.ts';
import { Pacer } from '../pacer.ts';
import { padRows } from '../padded-rows.ts';
import { MemoryLayout } from './memory-layout.ts';
import { LocalThread } from './thread.ts';
import type { KernelSource } from './wasm/wasm-kernels.ts';

/** Items per call when the Gramian is summed; only their rows are in the kernels' memory at a time. */
const itemsPerCall = 2048;

/**
 * Explains scores on the calling thread for a back end that holds the items elsewhere. It keeps only α₀ G and reads the
 * rows of each question from the model, so that a large catalogue is not in memory twice.
 */
export class CpuExplainer implements Explainer {
  readonly #side: ItemSide;
  /** Numbers per row in memory, a multiple of eight. */
  readonly #paddedFactors: number;
  readonly #pacer = new Pacer();
  readonly #thread: LocalThread;
  /** Addresses. Each call places its own data from `perCall` on. */
  readonly #at: Readonly<Record<'system' | 'scratch' | 'perCall', number>>;
  #hasSystem = false;
  readonly #calls = new CallQueue('explainer');

  /** @param side its factors are not copied and must stay valid until `dispose` */
  constructor(side: ItemSide, source: KernelSource) {
    this.#side = side;
    this.#paddedFactors = (side.factors + 7) & ~7;
    const layout = new MemoryLayout();
    this.#at = {
      system: layout.take(8 * this.#paddedFactors ** 2),
      scratch: layout.take(8 * this.#paddedFactors * (this.#paddedFactors + 6)),
      perCall: layout.byteLength,
    };
    this.#thread = new LocalThread(source.open(layout.byteLength), this.#pacer);
  }

  contributions({ columns, a, b, regularization }: RowEquations, itemRows: Uint32Array): Promise<Float64Array> {
    return this.#calls.run(async () => {
      await this.#prepareSystem();
      const { system, scratch, perCall } = this.#at;
      const { factors, itemFactors } = this.#side;
      const { kernels } = this.#thread;
      // The rows of the question, one after another: first the history's, then those of `itemRows`.
      const order = Uint32Array.from([...columns, ...itemRows]);
      const places = order.map((_, place) => place);
      const rows = padRows(itemFactors, {
        factors,
        rowCount: order.length,
        paddedFactors: this.#paddedFactors,
        order,
      });
      const layout = new MemoryLayout(perCall);
      const termCount = itemRows.length * columns.length;
      const target = layout.take(8 * termCount);
      const question = [
        layout.place(places.subarray(0, columns.length)),
        layout.place(a),
        layout.place(b),
        columns.length,
        layout.place(regularization),
        layout.place(places.subarray(columns.length)),
        itemRows.length,
        layout.place(rows),
      ] as const;
      this.#thread.load(layout);
      kernels.contributions(...question, 4 * this.#paddedFactors, system, target, scratch);
      return new Float64Array(kernels.memory.buffer, target, termCount).slice();
    });
  }

  dispose(): void {
    this.#calls.close();
  }

  /** Computes α₀ G on first use. */
  async #prepareSystem(): Promise<void> {
    const { factors, rowCount: itemCount, itemFactors, unobservedWeight } = this.#side;
    if (unobservedWeight === 0 || this.#hasSystem) return;
    const paddedFactors = this.#paddedFactors;
    const { system, perCall } = this.#at;
    const { kernels } = this.#thread;
    for (let firstRow = 0; firstRow < itemCount; firstRow += itemsPerCall) {
      const rowCount = Math.min(itemsPerCall, itemCount - firstRow);
      const layout = new MemoryLayout(perCall);
      const rows = layout.place(padRows(itemFactors, { factors, firstRow, rowCount, paddedFactors }));
      this.#thread.load(layout);
      kernels.gramian(rows, 4 * paddedFactors, 0, rowCount, system, firstRow);
      if (this.#pacer.isDue) await this.#pacer.yield();
    }
    const matrix = new Float64Array(kernels.memory.buffer, system, paddedFactors ** 2);
    for (const [cell, value] of matrix.entries()) matrix[cell] = unobservedWeight * value;
    this.#hasSystem = true;
  }
}
