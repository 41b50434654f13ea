import { DisposedError } from '../../errors.ts';
import type { ItemTable, RowEquations, ScoringTable, ScoringTimings, TopK, TopKOptions } from '../backend.ts';
import { Pacer } from '../pacer.ts';
import { gramianOf } from './gramian.ts';
import { padRows, RowSolver, strideOf, unpadRows } from './row-solver.ts';
import { selectTopK } from './top-k.ts';

/** A model's items on this thread: exact fold-in, scores and top-k in double precision, rounded to float32 once. */
export class CpuScoring implements ScoringTable {
  readonly #rowCount: number;
  readonly #rank: number;
  readonly #stride: number;
  readonly #alpha0: number;
  readonly #solver: RowSolver;
  readonly #pacer = new Pacer();
  readonly #scores: Float32Array;
  readonly #biases: Float32Array;
  /** Padded item factors; null once disposed of. */
  #factors: Float32Array | null;
  #gramian: Float64Array | null = null;
  #inverseNorms: Float64Array | null = null;

  constructor(table: ItemTable) {
    const { rank, rowCount, factors, biases, alpha0 } = table;
    this.#rank = rank;
    this.#rowCount = rowCount;
    this.#stride = strideOf(rank);
    this.#alpha0 = alpha0;
    this.#factors = padRows(factors, { rowCount, rank });
    this.#biases = biases.slice(0, rowCount);
    this.#scores = new Float32Array(rowCount);
    this.#solver = new RowSolver(this.#stride);
  }

  async foldIn(equations: RowEquations): Promise<Float32Array> {
    const padded = await this.#foldInPadded(equations);
    return unpadRows(padded, { rowCount: equations.rowCount, rank: this.#rank });
  }

  async topK(queries: Float32Array, options: TopKOptions): Promise<{ topK: TopK; timings: ScoringTimings }> {
    const started = performance.now();
    const queryCount = queries.length / this.#rank;
    const padded = padRows(queries, { rowCount: queryCount, rank: this.#rank });
    const found = await this.#topKPadded(padded, options);
    const { scoreMs, topKMs } = found;
    return { topK: found.topK, timings: { foldInMs: null, scoreMs, topKMs, totalMs: performance.now() - started } };
  }

  async foldInTopK(
    equations: RowEquations,
    options: Omit<TopKOptions, 'similarity'>,
  ): Promise<{ factors: Float32Array; topK: TopK; timings: ScoringTimings }> {
    const started = performance.now();
    const padded = await this.#foldInPadded(equations);
    const foldInMs = performance.now() - started;
    const { topK, scoreMs, topKMs } = await this.#topKPadded(padded, { ...options, similarity: 'dot' });
    return {
      factors: unpadRows(padded, { rowCount: equations.rowCount, rank: this.#rank }),
      topK,
      timings: { foldInMs, scoreMs, topKMs, totalMs: performance.now() - started },
    };
  }

  async scores(queries: Float32Array, options: Pick<TopKOptions, 'similarity'>): Promise<Float32Array> {
    const queryCount = queries.length / this.#rank;
    const padded = padRows(queries, { rowCount: queryCount, rank: this.#rank });
    const scores = new Float32Array(queryCount * this.#rowCount);
    for (let query = 0; query < queryCount; query++) {
      this.#score(padded, query, options.similarity, scores.subarray(query * this.#rowCount));
      await this.#pacer.breathe();
    }
    return scores;
  }

  gather(rows: Uint32Array): Promise<Float32Array> {
    const factors = this.#live();
    const gathered = new Float32Array(rows.length * this.#rank);
    for (const [place, row] of rows.entries()) {
      const first = this.#offsetOf(row);
      gathered.set(factors.subarray(first, first + this.#rank), place * this.#rank);
    }
    return Promise.resolve(gathered);
  }

  embeddingBag(bags: {
    readonly offsets: Uint32Array;
    readonly rows: Uint32Array;
    readonly weights: Float32Array;
    readonly mode: 'sum' | 'mean';
  }): Promise<Float32Array> {
    const factors = this.#live();
    const { offsets, rows, weights, mode } = bags;
    const rank = this.#rank;
    const bagCount = Math.max(0, offsets.length - 1);
    const result = new Float32Array(bagCount * rank);
    const sum = new Float64Array(rank);
    for (let bag = 0; bag < bagCount; bag++) {
      sum.fill(0);
      let weightSum = 0;
      for (let entry = offsets[bag]!; entry < offsets[bag + 1]!; entry++) {
        const weight = weights[entry]!;
        const first = this.#offsetOf(rows[entry]!);
        weightSum += weight;
        for (let i = 0; i < rank; i++) sum[i]! += weight * factors[first + i]!;
      }
      if (mode === 'mean' && weightSum === 0) continue;
      const divisor = mode === 'mean' ? weightSum : 1;
      for (let i = 0; i < rank; i++) result[bag * rank + i] = sum[i]! / divisor;
    }
    return Promise.resolve(result);
  }

  dispose(): void {
    this.#factors = null;
  }

  #live(): Float32Array {
    if (this.#factors === null) throw new DisposedError('This scoring table was disposed of; open a new one.');
    return this.#factors;
  }

  #offsetOf(row: number): number {
    if (row >= this.#rowCount) throw new RangeError(`Internal: row ${row} is outside the ${this.#rowCount} items.`);
    return row * this.#stride;
  }

  async #foldInPadded(equations: RowEquations): Promise<Float32Array> {
    const factors = this.#live();
    const stride = this.#stride;
    if (this.#alpha0 !== 0) this.#gramian ??= gramianOf(factors, { rowCount: this.#rowCount, rank: stride });
    this.#solver.fix(factors, this.#gramian, this.#alpha0);
    const folded = new Float32Array(equations.rowCount * stride);
    for (let row = 0; row < equations.rowCount; row++) {
      this.#solver.cholesky(equations, row, { factors: folded, offset: row * stride });
      await this.#pacer.breathe();
    }
    return folded;
  }

  async #topKPadded(
    queries: Float32Array,
    options: TopKOptions,
  ): Promise<{ topK: TopK; scoreMs: number; topKMs: number }> {
    const queryCount = queries.length / this.#stride;
    const k = Math.min(options.k, this.#rowCount);
    const counts = new Uint32Array(queryCount);
    const rows = new Uint32Array(queryCount * k);
    const scores = new Float32Array(queryCount * k);
    let scoreMs = 0;
    let topKMs = 0;
    for (let query = 0; query < queryCount; query++) {
      const started = performance.now();
      this.#score(queries, query, options.similarity, this.#scores);
      const scored = performance.now();
      const first = query * k;
      counts[query] = selectTopK(
        this.#scores,
        { k, mask: this.#maskOf(options.mask, query, queryCount) },
        { rows: rows.subarray(first, first + k), scores: scores.subarray(first, first + k) },
      );
      scoreMs += scored - started;
      topKMs += performance.now() - scored;
      await this.#pacer.breathe();
    }
    return { topK: { k, counts, rows, scores }, scoreMs, topKMs };
  }

  #maskOf(mask: Uint32Array | undefined, query: number, queryCount: number): Uint32Array | null {
    if (mask === undefined) return null;
    const words = Math.ceil(this.#rowCount / 32);
    if (mask.length === words) return mask;
    if (mask.length === words * queryCount) return mask.subarray(query * words, (query + 1) * words);
    throw new RangeError(
      `Internal: a mask must have ${words} words, or as many for each of ${queryCount} queries, got ${mask.length}.`,
    );
  }

  /** Scores every item for one padded query into `target`. */
  #score(queries: Float32Array, query: number, similarity: 'dot' | 'cosine', target: Float32Array): void {
    const factors = this.#live();
    const stride = this.#stride;
    const x = Float64Array.from(queries.subarray(query * stride, (query + 1) * stride));
    const isCosine = similarity === 'cosine';
    const inverseNorms = isCosine ? this.#norms() : null;
    if (isCosine) {
      const norm = Math.hypot(...x);
      for (let i = 0; i < stride; i++) x[i] = norm === 0 ? 0 : x[i]! / norm;
    }
    for (let row = 0; row < this.#rowCount; row++) {
      const y = row * stride;
      let dot0 = 0;
      let dot1 = 0;
      let dot2 = 0;
      let dot3 = 0;
      for (let i = 0; i < stride; i += 4) {
        dot0 += x[i]! * factors[y + i]!;
        dot1 += x[i + 1]! * factors[y + i + 1]!;
        dot2 += x[i + 2]! * factors[y + i + 2]!;
        dot3 += x[i + 3]! * factors[y + i + 3]!;
      }
      const dot = dot0 + dot1 + (dot2 + dot3);
      target[row] = inverseNorms === null ? dot + this.#biases[row]! : dot * inverseNorms[row]!;
    }
  }

  /** 1 / |y| of every item, 0 where the row is zero. */
  #norms(): Float64Array {
    if (this.#inverseNorms !== null) return this.#inverseNorms;
    const factors = this.#live();
    const stride = this.#stride;
    const inverseNorms = new Float64Array(this.#rowCount);
    for (let row = 0; row < this.#rowCount; row++) {
      let squared = 0;
      for (let i = row * stride; i < (row + 1) * stride; i++) squared += factors[i]! * factors[i]!;
      inverseNorms[row] = squared === 0 ? 0 : 1 / Math.sqrt(squared);
    }
    this.#inverseNorms = inverseNorms;
    return inverseNorms;
  }
}
