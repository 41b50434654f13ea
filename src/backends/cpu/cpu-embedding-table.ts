import { DisposedError } from '../../errors.ts';
import { type EmbeddingBags, type EmbeddingRows, type EmbeddingTable, requireRows } from '../embedding-table.ts';

/** `EmbeddingTable` on this thread: sums in double precision, rounded once. */
export class CpuEmbeddingTable implements EmbeddingTable {
  readonly #rank: number;
  readonly #rowCount: number;
  /** null once disposed of. */
  #factors: Float32Array | null;

  constructor({ rank, rowCount, factors }: EmbeddingRows) {
    this.#rank = rank;
    this.#rowCount = rowCount;
    this.#factors = factors.slice(0, rowCount * rank);
  }

  async gather(rows: Uint32Array): Promise<Float32Array> {
    const factors = this.#live();
    requireRows(rows, this.#rowCount);
    const rank = this.#rank;
    const gathered = new Float32Array(rows.length * rank);
    for (const [place, row] of rows.entries()) {
      gathered.set(factors.subarray(row * rank, (row + 1) * rank), place * rank);
    }
    return gathered;
  }

  async embeddingBag({ offsets, rows, weights, mode }: EmbeddingBags): Promise<Float32Array> {
    const factors = this.#live();
    requireRows(rows, this.#rowCount);
    const rank = this.#rank;
    const bagCount = Math.max(0, offsets.length - 1);
    const result = new Float32Array(bagCount * rank);
    const sum = new Float64Array(rank);
    for (let bag = 0; bag < bagCount; bag++) {
      sum.fill(0);
      let weightSum = 0;
      for (let entry = offsets[bag]!; entry < offsets[bag + 1]!; entry++) {
        const weight = weights[entry]!;
        const first = rows[entry]! * rank;
        weightSum += weight;
        for (let i = 0; i < rank; i++) sum[i]! += weight * factors[first + i]!;
      }
      if (mode === 'mean' && weightSum === 0) continue;
      const divisor = mode === 'mean' ? weightSum : 1;
      for (let i = 0; i < rank; i++) result[bag * rank + i] = sum[i]! / divisor;
    }
    return result;
  }

  dispose(): void {
    this.#factors = null;
  }

  #live(): Float32Array {
    if (this.#factors === null) throw new DisposedError('This embedding table was disposed of; open a new one.');
    return this.#factors;
  }
}
