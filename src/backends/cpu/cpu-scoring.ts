import { DisposedError } from '../../errors.ts';
import type { ItemTable, RowEquations, ScoringTable, ScoringTimings, TopK, TopKOptions } from '../backend.ts';
import { masksOf } from '../item-mask.ts';
import { Pacer } from '../pacer.ts';
import { padRows, unpadRows } from '../padded-rows.ts';
import { inverseNorms, normalizeRows } from '../factor-row.ts';
import { LocalLane } from './thread.ts';
import { MemoryLayout } from './memory-layout.ts';
import type { KernelSource } from './wasm/wasm-kernels.ts';

/** Items of a call, a multiple of 16: as many as a cache holds while they are ranked for one query after another. */
const itemsPerCall = 2048;

/** How a table is held. */
export interface CpuScoringOptions {
  readonly source: KernelSource;
  /** Numbers of a table from which on it has eight-bit codes too. */
  readonly compressFrom: number;
}

/** A model's items on this thread: fold-in exact and in double precision, scores in single precision, exact top-k. */
export class CpuScoring implements ScoringTable {
  readonly #rank: number;
  readonly #rowCount: number;
  readonly #alpha0: number;
  /** Numbers a row in memory, a multiple of eight. */
  readonly #stride: number;
  readonly #pacer = new Pacer();
  readonly #lane: LocalLane;
  /** Addresses. What only one call needs begins at `desk`; there are no codes at 0. */
  readonly #at: Readonly<Record<'factors' | 'codes' | 'biases' | 'norms' | 'system' | 'scratch' | 'desk', number>>;
  #hasSystem = false;
  /** The work before: there is one desk. */
  #before: Promise<unknown> = Promise.resolve();
  #isDisposed = false;

  constructor(
    { factors: rank, rowCount, itemFactors: factors, biases, unobservedWeight: alpha0 }: ItemTable,
    { source, compressFrom }: CpuScoringOptions,
  ) {
    this.#rank = rank;
    this.#rowCount = rowCount;
    this.#alpha0 = alpha0;
    const stride = (rank + 7) & ~7;
    this.#stride = stride;
    const layout = new MemoryLayout();
    const rows = padRows(factors, { rank, rowCount, stride });
    this.#at = {
      factors: layout.place(rows),
      codes: source.module && stride * rowCount >= compressFrom ? layout.take((stride + 8) * rowCount) : 0,
      biases: layout.place(biases),
      norms: layout.place(inverseNorms(rows, stride)),
      system: layout.take(8 * stride * stride),
      scratch: layout.take(8 * stride * (stride + 6)),
      desk: layout.byteLength,
    };
    this.#lane = new LocalLane(source.open(layout.byteLength), this.#pacer);
    this.#lane.write(layout.writes);
  }

  foldIn(equations: RowEquations): Promise<Float32Array> {
    return this.#inTurn(() => this.#foldIn(equations));
  }

  async #foldIn({ rowCount, rowOffsets, columns, a, b, regularization }: RowEquations): Promise<Float32Array> {
    const { factors, system, scratch, desk } = this.#at;
    const stride = this.#stride;
    const { kernels } = this.#lane;
    if (this.#alpha0 !== 0 && !this.#hasSystem) {
      await this.#each((first, end) => kernels.gramian(factors, 4 * stride, first, end, system, first));
      const matrix = new Float64Array(kernels.memory.buffer, system, stride * stride);
      for (const [cell, value] of matrix.entries()) matrix[cell] = this.#alpha0 * value;
      this.#hasSystem = true;
    }
    const layout = new MemoryLayout(desk);
    const rows = [
      layout.place(rowOffsets),
      layout.place(columns),
      layout.place(a),
      layout.place(b),
      layout.place(regularization),
      layout.take(4 * rowCount * stride),
    ] as const;
    this.#lane.furnish(layout);
    for (let row = 0; row < rowCount; row++) {
      kernels.cholesky(...rows, factors, 4 * stride, row, row + 1, system, scratch);
      if (this.#pacer.isDue) await this.#pacer.yield();
    }
    return unpadRows(this.#lane.floats(rows[5], rowCount * stride), { rank: this.#rank, stride });
  }

  topK(queries: Float32Array, options: TopKOptions): Promise<{ topK: TopK; timings: ScoringTimings }> {
    return this.#inTurn(() => this.#topK(queries, options));
  }

  foldInTopK(
    equations: RowEquations,
    options: Omit<TopKOptions, 'similarity'>,
  ): Promise<{ factors: Float32Array; topK: TopK; timings: ScoringTimings }> {
    return this.#inTurn(async () => {
      const started = performance.now();
      const factors = await this.#foldIn(equations);
      const foldInMs = performance.now() - started;
      return { factors, ...(await this.#topK(factors, { ...options, similarity: 'dot' }, foldInMs)) };
    });
  }

  async scores(queries: Float32Array, { similarity }: Pick<TopKOptions, 'similarity'>): Promise<Float32Array> {
    const { topK } = await this.topK(queries, { k: this.#rowCount, similarity });
    // A list has all rows but those that are no numbers.
    const scores = new Float32Array(topK.rows.length).fill(Number.NaN);
    for (const [query, count] of topK.counts.entries()) {
      const first = query * topK.k;
      for (let place = first; place < first + count; place++) scores[first + topK.rows[place]!] = topK.scores[place]!;
    }
    return scores;
  }

  dispose(): void {
    this.#isDisposed = true;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#before.then(() => {
      if (this.#isDisposed) throw new DisposedError('This scoring table was disposed of; open a new one.');
      return work();
    });
    this.#before = turn.catch(() => undefined);
    return turn;
  }

  /** The lists of queries: some items for every query, then the next. */
  async #topK(
    queries: Float32Array,
    { k: wanted, similarity, mask }: TopKOptions,
    foldInMs: number | null = null,
  ): Promise<{ topK: TopK; timings: ScoringTimings }> {
    const started = performance.now();
    const itemCount = this.#rowCount;
    const queryCount = queries.length / this.#rank;
    const k = Math.min(wanted, itemCount);
    const { factors, codes, biases, norms, scratch, desk } = this.#at;
    const bytes = 4 * this.#stride;
    const { kernels } = this.#lane;
    const layout = new MemoryLayout(desk);
    const masks = masksOf(mask, { itemCount, queryCount, first: 0, end: queryCount });
    const maskAddress = masks ? layout.place(masks) : 0;
    const maskBytes = masks && masks.length > Math.ceil(itemCount / 32) ? (4 * masks.length) / queryCount : 0;
    const queryAddress = layout.place(this.#padQueries(queries, similarity));
    const heaps = layout.take(8 * k * queryCount);
    const countAddress = layout.place(new Uint32Array(queryCount));
    const rows = layout.take(4 * k);
    const scores = layout.take(4 * k);
    this.#lane.furnish(layout);
    const isDot = similarity === 'dot';
    await this.#each((first, end) =>
      kernels.rankItems(
        queryAddress,
        k && queryCount,
        factors,
        bytes,
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
      topK.scores.set(this.#lane.floats(scores, count), k * query);
    }
    const topKMs = performance.now() - started;
    return { topK, timings: { foldInMs, scoreMs: null, topKMs, totalMs: (foldInMs ?? 0) + topKMs } };
  }

  /** The queries, a row each; of length 1 (or 0) for the cosine. */
  #padQueries(queries: Float32Array, similarity: TopKOptions['similarity']): Float32Array {
    const [rank, stride] = [this.#rank, this.#stride];
    const rows = padRows(queries, { rank, rowCount: queries.length / rank, stride });
    if (similarity === 'cosine') normalizeRows(rows, stride);
    return rows;
  }

  /** Works on all items, and lets messages through. */
  async #each(work: (first: number, end: number) => void): Promise<void> {
    for (let first = 0; first < this.#rowCount; first += itemsPerCall) {
      work(first, Math.min(this.#rowCount, first + itemsPerCall));
      await this.#pacer.breathe();
    }
  }
}
