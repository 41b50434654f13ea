import { DisposedError } from '../../errors.ts';
import { type EmbeddingBags, type EmbeddingRows, type EmbeddingTable, requireRows } from '../embedding-table.ts';

/** `EmbeddingTable` on this thread: sums in double precision, rounded once. */
export class CpuEmbeddingTable implements EmbeddingTable {
  readonly #factors: number;
  readonly #rowCount: number;
  /** null once disposed of. */
  #rows: Float32Array | null;

  constructor({ factors, rowCount, rows }: EmbeddingRows) {
    this.#factors = factors;
    this.#rowCount = rowCount;
    this.#rows = rows.slice(0, rowCount * factors);
  }

  async gather(rows: Uint32Array): Promise<Float32Array> {
    const table = this.#live();
    requireRows(rows, this.#rowCount);
    const factors = this.#factors;
    const gathered = new Float32Array(rows.length * factors);
    for (const [place, row] of rows.entries()) {
      gathered.set(table.subarray(row * factors, (row + 1) * factors), place * factors);
    }
    return gathered;
  }

  async embeddingBag({ offsets, rows, weights, mode }: EmbeddingBags): Promise<Float32Array> {
    const table = this.#live();
    requireRows(rows, this.#rowCount);
    const factors = this.#factors;
    const bagCount = Math.max(0, offsets.length - 1);
    const result = new Float32Array(bagCount * factors);
    const sum = new Float64Array(factors);
    for (let bag = 0; bag < bagCount; bag++) {
      sum.fill(0);
      let weightSum = 0;
      for (let entry = offsets[bag]!; entry < offsets[bag + 1]!; entry++) {
        const weight = weights[entry]!;
        const first = rows[entry]! * factors;
        weightSum += weight;
        for (let i = 0; i < factors; i++) sum[i]! += weight * table[first + i]!;
      }
      if (mode === 'mean' && weightSum === 0) continue;
      const divisor = mode === 'mean' ? weightSum : 1;
      for (let i = 0; i < factors; i++) result[bag * factors + i] = sum[i]! / divisor;
    }
    return result;
  }

  dispose(): void {
    this.#rows = null;
  }

  #live(): Float32Array {
    if (this.#rows === null) throw new DisposedError('This embedding table was disposed of; open a new one.');
    return this.#rows;
  }
}
