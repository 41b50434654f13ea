import type { ItemSide, RowEquations, ItemTable, ScoringTimings, TopK, TopKOptions } from '../backend.ts';
import { CallQueue } from '../call-queue.ts';
import type { EmbeddingLookups } from '../embedding-table.ts';
import { masksOf } from '../item-mask.ts';
import { Pacer } from '../pacer.ts';
import { padRows, unpadRows } from '../padded-rows.ts';
import { inverseNorms, normalizeRows } from '../factor-row.ts';
import { LocalThread } from './thread.ts';
import { MemoryLayout } from './memory-layout.ts';
import { combineBags, gatherRows, type HeldRows } from './row-lookups.ts';
import type { KernelSource } from './wasm/wasm-kernels.ts';

/** Items per kernel call, a multiple of 16: few enough to stay in the cache while all queries rank them in turn. */
const itemsPerCall = 2048;

export interface CpuItemTableOptions {
  readonly source: KernelSource;
  /** The size of a table, in numbers, from which it also has eight-bit codes. */
  readonly compressFrom: number;
}

/**
 * A model's items on the calling thread: exact fold-in and contributions in double precision, scores in single
 * precision, exact top-k.
 */
export class CpuItemTable implements ItemTable {
  readonly #factors: number;
  readonly #rowCount: number;
  readonly #unobservedWeight: number;
  /** Numbers per row in memory, a multiple of eight. */
  readonly #paddedFactors: number;
  readonly #pacer = new Pacer();
  readonly #thread: LocalThread;
  /** Addresses. Each call places its own data from `perCall` on. `codes` is 0 if there are none. */
  readonly #at: Readonly<Record<'factors' | 'codes' | 'biases' | 'norms' | 'system' | 'scratch' | 'perCall', number>>;
  #hasSystem = false;
  readonly #calls = new CallQueue('item table');
  readonly embeddings: EmbeddingLookups = {
    gather: (rows) => this.#calls.run(async () => gatherRows(this.#held(), rows)),
    bag: (bags) => this.#calls.run(async () => combineBags(this.#held(), bags)),
  };

  constructor(
    { factors, rowCount, itemFactors, biases, unobservedWeight }: ItemSide,
    { source, compressFrom }: CpuItemTableOptions,
  ) {
    this.#factors = factors;
    this.#rowCount = rowCount;
    this.#unobservedWeight = unobservedWeight;
    const paddedFactors = (factors + 7) & ~7;
    this.#paddedFactors = paddedFactors;
    const layout = new MemoryLayout();
    const rows = padRows(itemFactors, { factors, rowCount, paddedFactors });
    this.#at = {
      factors: layout.place(rows),
      codes:
        source.module && paddedFactors * rowCount >= compressFrom ? layout.take((paddedFactors + 8) * rowCount) : 0,
      biases: layout.place(biases),
      norms: layout.place(inverseNorms(rows, paddedFactors)),
      system: layout.take(8 * paddedFactors ** 2),
      scratch: layout.take(8 * paddedFactors * (paddedFactors + 6)),
      perCall: layout.byteLength,
    };
    this.#thread = new LocalThread(source.open(layout.byteLength), this.#pacer);
    this.#thread.write(layout.writes);
  }

  foldIn(equations: RowEquations): Promise<Float32Array> {
    return this.#calls.run(() => this.#foldIn(equations));
  }

  async #foldIn({ rowCount, rowOffsets, columns, a, b, regularization }: RowEquations): Promise<Float32Array> {
    const { factors, system, scratch, perCall } = this.#at;
    const paddedFactors = this.#paddedFactors;
    const { kernels } = this.#thread;
    await this.#prepareSystem();
    const layout = new MemoryLayout(perCall);
    const rows = [
      layout.place(rowOffsets),
      layout.place(columns),
      layout.place(a),
      layout.place(b),
      layout.place(regularization),
      layout.take(4 * rowCount * paddedFactors),
    ] as const;
    this.#thread.load(layout);
    for (let row = 0; row < rowCount; row++) {
      kernels.cholesky(...rows, factors, 4 * paddedFactors, row, row + 1, system, scratch);
      if (this.#pacer.isDue) await this.#pacer.yield();
    }
    return unpadRows(this.#thread.floats(rows[5], rowCount * paddedFactors), { factors: this.#factors, paddedFactors });
  }

  topK(queries: Float32Array, options: TopKOptions): Promise<{ topK: TopK; timings: ScoringTimings }> {
    return this.#calls.run(() => this.#topK(queries, options));
  }

  foldInTopK(
    equations: RowEquations,
    options: Omit<TopKOptions, 'similarity'>,
  ): Promise<{ factors: Float32Array; topK: TopK; timings: ScoringTimings }> {
    return this.#calls.run(async () => {
      const started = performance.now();
      const factors = await this.#foldIn(equations);
      const foldInMs = performance.now() - started;
      return { factors, ...(await this.#topK(factors, { ...options, similarity: 'dot' }, foldInMs)) };
    });
  }

  contributions({ columns, a, b, regularization }: RowEquations, itemRows: Uint32Array): Promise<Float64Array> {
    return this.#calls.run(async () => {
      await this.#prepareSystem();
      const { factors, system, scratch, perCall } = this.#at;
      const { kernels } = this.#thread;
      const layout = new MemoryLayout(perCall);
      const termCount = itemRows.length * columns.length;
      const target = layout.take(8 * termCount);
      const question = [
        layout.place(columns),
        layout.place(a),
        layout.place(b),
        columns.length,
        layout.place(regularization),
        layout.place(itemRows),
        itemRows.length,
      ] as const;
      this.#thread.load(layout);
      kernels.contributions(...question, factors, 4 * this.#paddedFactors, system, target, scratch);
      return new Float64Array(kernels.memory.buffer, target, termCount).slice();
    });
  }

  dispose(): void {
    this.#calls.close();
  }

  /** Computes α₀ G on first use. */
  async #prepareSystem(): Promise<void> {
    if (this.#unobservedWeight === 0 || this.#hasSystem) return;
    const { factors, system } = this.#at;
    const paddedFactors = this.#paddedFactors;
    const { kernels } = this.#thread;
    await this.#each((first, end) => kernels.gramian(factors, 4 * paddedFactors, first, end, system, first));
    const matrix = new Float64Array(kernels.memory.buffer, system, paddedFactors ** 2);
    for (const [cell, value] of matrix.entries()) matrix[cell] = this.#unobservedWeight * value;
    this.#hasSystem = true;
  }

  /** A view of the rows in memory, valid until the memory grows. */
  #held(): HeldRows {
    const [factors, paddedFactors, rowCount] = [this.#factors, this.#paddedFactors, this.#rowCount];
    const rows = this.#thread.floats(this.#at.factors, rowCount * paddedFactors);
    return { factors, paddedFactors, rowCount, rows };
  }

  /** Ranks all items for all queries: every query ranks one group of items before the next group begins. */
  async #topK(
    queries: Float32Array,
    { k: wanted, similarity, mask }: TopKOptions,
    foldInMs: number | null = null,
  ): Promise<{ topK: TopK; timings: ScoringTimings }> {
    const started = performance.now();
    const itemCount = this.#rowCount;
    const queryCount = queries.length / this.#factors;
    const k = Math.min(wanted, itemCount);
    const { factors, codes, biases, norms, scratch, perCall } = this.#at;
    const rowBytes = 4 * this.#paddedFactors;
    const { kernels } = this.#thread;
    const layout = new MemoryLayout(perCall);
    const masks = masksOf(mask, { itemCount, queryCount, first: 0, end: queryCount });
    const maskAddress = masks ? layout.place(masks) : 0;
    const maskBytes = masks && masks.length > Math.ceil(itemCount / 32) ? (4 * masks.length) / queryCount : 0;
    const queryAddress = layout.place(this.#padQueries(queries, similarity));
    const heaps = layout.take(8 * k * queryCount);
    const countAddress = layout.place(new Uint32Array(queryCount));
    const rows = layout.take(4 * k);
    const scores = layout.take(4 * k);
    this.#thread.load(layout);
    const isDot = similarity === 'dot';
    await this.#each((first, end) =>
      kernels.rankItems(
        queryAddress,
        k && queryCount,
        factors,
        rowBytes,
        first,
        end,
        isDot ? 0 : norms,
        isDot ? biases : 0,
        maskAddress,
        maskBytes,
        k,
        countAddress,
        heaps,
        codes,
        scratch,
      ),
    );
    const counts = new Uint32Array(kernels.memory.buffer, countAddress, queryCount).slice();
    const topK = { k, counts, rows: new Uint32Array(k * queryCount), scores: new Float32Array(k * queryCount) };
    for (const [query, count] of counts.entries()) {
      kernels.sortTopK(heaps + 8 * k * query, k, count, rows, scores);
      topK.rows.set(new Uint32Array(kernels.memory.buffer, rows, count), k * query);
      topK.scores.set(this.#thread.floats(scores, count), k * query);
    }
    const topKMs = performance.now() - started;
    return { topK, timings: { foldInMs, scoreMs: null, topKMs, totalMs: (foldInMs ?? 0) + topKMs } };
  }

  /** Pads the queries, one per row; for the cosine, scales each to length 1 (zero queries stay zero). */
  #padQueries(queries: Float32Array, similarity: TopKOptions['similarity']): Float32Array {
    const [factors, paddedFactors] = [this.#factors, this.#paddedFactors];
    const rows = padRows(queries, { factors, rowCount: queries.length / factors, paddedFactors });
    if (similarity === 'cosine') normalizeRows(rows, paddedFactors);
    return rows;
  }

  /** Calls `work` for one group of items after another; lets messages through in between. */
  async #each(work: (first: number, end: number) => void): Promise<void> {
    for (let first = 0; first < this.#rowCount; first += itemsPerCall) {
      work(first, Math.min(this.#rowCount, first + itemsPerCall));
      if (this.#pacer.isDue) await this.#pacer.yield();
    }
  }
}
