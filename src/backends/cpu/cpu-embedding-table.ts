import { DisposedError } from '../../errors.ts';
import type { EmbeddingBags, EmbeddingRows, EmbeddingTable } from '../embedding-table.ts';
import { combineBags, gatherRows, type HeldRows } from './row-lookups.ts';

/** `EmbeddingTable` on the calling thread. */
export class CpuEmbeddingTable implements EmbeddingTable {
  /** null after `dispose`. */
  #held: HeldRows | null;

  constructor({ factors, rowCount, rows }: EmbeddingRows) {
    this.#held = { factors, paddedFactors: factors, rowCount, rows: rows.slice(0, rowCount * factors) };
  }

  async gather(rows: Uint32Array): Promise<Float32Array> {
    return gatherRows(this.#live(), rows);
  }

  async bag(bags: EmbeddingBags): Promise<Float32Array> {
    return combineBags(this.#live(), bags);
  }

  dispose(): void {
    this.#held = null;
  }

  #live(): HeldRows {
    if (this.#held === null) throw new DisposedError('This embedding table was disposed of; open a new one.');
    return this.#held;
  }
}
