import { DisposedError } from '../../errors.ts';
import type { ItemTable, RowEquations, ScoringTable, ScoringTimings, TopK, TopKOptions } from '../backend.ts';
import { masksOf } from '../item-mask.ts';
import { Pacer } from '../pacer.ts';
import { padRows, unpadRows } from '../padded-rows.ts';
import { inverseNorms } from './factor-row.ts';
import { LocalLane } from './lane.ts';
import { MemoryLayout } from './memory-layout.ts';
import { pagesOf, type KernelSource } from './wasm/wasm-kernels.ts';

/** Items between two looks at the clock: about a millisecond at rank 64. */
const itemsPerCall = 16_384;

/** A model's items on this thread: fold-in exact and in double precision, scores in single precision, exact top-k. */
export class CpuScoring implements ScoringTable {
  readonly #rank: number;
  readonly #rowCount: number;
  readonly #alpha0: number;
  /** Numbers a row in memory, a multiple of eight. */
  readonly #stride: number;
  readonly #pacer = new Pacer();
  readonly #lane: LocalLane;
  /** Addresses. What only one call needs begins at `desk`. */
  readonly #at: Readonly<
    Record<'factors' | 'biases' | 'scores' | 'norms' | 'query' | 'system' | 'scratch' | 'desk', number>
  >;
  readonly #has = { norms: false, system: false };
  /** The work before: there is one desk. */
  #before: Promise<unknown> = Promise.resolve();
  #isDisposed = false;

  constructor({ rank, rowCount, factors, biases, alpha0 }: ItemTable, source: KernelSource) {
    this.#rank = rank;
    this.#rowCount = rowCount;
    this.#alpha0 = alpha0;
    const stride = (rank + 7) & ~7;
    this.#stride = stride;
    const layout = new MemoryLayout();
    this.#at = {
      factors: layout.place(padRows(factors, { rank, rowCount, stride })),
      biases: layout.place(biases),
      scores: layout.take(4 * rowCount),
      norms: layout.take(4 * rowCount),
      query: layout.take(4 * stride),
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
    if (this.#alpha0 !== 0 && !this.#has.system) {
      await this.#each((first, end) => kernels.gramian(factors, 4 * stride, first, end, system, Number(first > 0)));
      const matrix = new Float64Array(kernels.memory.buffer, system, stride * stride);
      for (const [cell, value] of matrix.entries()) matrix[cell] = this.#alpha0 * value;
      this.#has.system = true;
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
    this.#furnish(layout);
    for (let row = 0; row < rowCount; row++) {
      kernels.cholesky(...rows, factors, 4 * stride, row, row + 1, system, scratch);
      if (this.#pacer.isDue) await this.#pacer.yield();
    }
    return unpadRows(this.#lane.floats(rows[5], rowCount * stride), { rank: this.#rank, stride });
  }

  topK(queries: Float32Array, options: TopKOptions): Promise<{ topK: TopK; timings: ScoringTimings }> {
    return this.#inTurn(() => this.#topK(queries, options, { started: performance.now(), foldInMs: null }));
  }

  foldInTopK(
    equations: RowEquations,
    options: Omit<TopKOptions, 'similarity'>,
  ): Promise<{ factors: Float32Array; topK: TopK; timings: ScoringTimings }> {
    return this.#inTurn(async () => {
      const started = performance.now();
      const factors = await this.#foldIn(equations);
      const foldInMs = performance.now() - started;
      return { factors, ...(await this.#topK(factors, { ...options, similarity: 'dot' }, { started, foldInMs })) };
    });
  }

  scores(queries: Float32Array, { similarity }: Pick<TopKOptions, 'similarity'>): Promise<Float32Array> {
    return this.#inTurn(async () => {
      const queryCount = queries.length / this.#rank;
      const scores = new Float32Array(queryCount * this.#rowCount);
      for (let query = 0; query < queryCount; query++) {
        scores.set(await this.#score(queries, query, similarity), query * this.#rowCount);
      }
      return scores;
    });
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

  /** The lists of queries. */
  async #topK(
    queries: Float32Array,
    { k: wanted, similarity, mask }: TopKOptions,
    { started, foldInMs }: { readonly started: number; readonly foldInMs: number | null },
  ): Promise<{ topK: TopK; timings: ScoringTimings }> {
    const itemCount = this.#rowCount;
    const queryCount = queries.length / this.#rank;
    const k = Math.min(wanted, itemCount);
    const counts = new Uint32Array(queryCount);
    const rows = new Uint32Array(queryCount * k);
    const scores = new Float32Array(queryCount * k);
    let [scoreMs, topKMs] = [0, 0];
    for (let query = 0; query < queryCount; query++) {
      const scoring = performance.now();
      await this.#score(queries, query, similarity);
      const scored = performance.now();
      const masked = masksOf(mask, { itemCount, queryCount, first: query, end: query + 1 });
      const layout = new MemoryLayout(this.#at.desk);
      const maskAddress = masked ? layout.place(masked) : 0;
      const bestRows = layout.take(4 * k);
      const bestScores = layout.take(4 * k);
      this.#furnish(layout);
      const { kernels } = this.#lane;
      const count = k && kernels.selectTopK(this.#at.scores, itemCount, k, maskAddress, bestRows, bestScores);
      counts[query] = count;
      rows.set(new Uint32Array(kernels.memory.buffer, bestRows, count), query * k);
      scores.set(this.#lane.floats(bestScores, count), query * k);
      scoreMs += scored - scoring;
      topKMs += performance.now() - scored;
    }
    const timings = { foldInMs, scoreMs, topKMs, totalMs: performance.now() - started };
    return { topK: { k, counts, rows, scores }, timings };
  }

  /** Scores every item for one query; the array is overwritten by the next. */
  async #score(queries: Float32Array, query: number, similarity: 'dot' | 'cosine'): Promise<Float32Array> {
    const { factors, biases, scores, norms, query: place } = this.#at;
    const bytes = 4 * this.#stride;
    const x = queries.slice(query * this.#rank, (query + 1) * this.#rank);
    const isCosine = similarity === 'cosine';
    if (isCosine) {
      const norm = Math.hypot(...x) || 1;
      for (const [i, value] of x.entries()) x[i] = value / norm;
      if (!this.#has.norms) {
        const rows = this.#lane.floats(factors, this.#rowCount * this.#stride);
        this.#lane.write([[norms, Float32Array.from(inverseNorms(rows, this.#stride))]]);
        this.#has.norms = true;
      }
    }
    this.#lane.write([[place, x]]);
    const [scales, added] = isCosine ? [norms, 0] : [0, biases];
    await this.#each((first, end) =>
      this.#lane.kernels.scoreItems(place, factors, bytes, first, end, scales, added, scores),
    );
    return this.#lane.floats(scores, this.#rowCount);
  }

  /** Works on all items, and lets messages through. */
  async #each(work: (first: number, end: number) => void): Promise<void> {
    for (let first = 0; first < this.#rowCount; first += itemsPerCall) {
      work(first, Math.min(this.#rowCount, first + itemsPerCall));
      await this.#pacer.breathe();
    }
  }

  /** Makes room for what a call needs, and writes it there. */
  #furnish({ byteLength, writes }: MemoryLayout): void {
    const { memory } = this.#lane.kernels;
    const missing = byteLength - memory.buffer.byteLength;
    if (missing > 0) memory.grow(pagesOf(missing));
    this.#lane.write(writes);
  }
}
