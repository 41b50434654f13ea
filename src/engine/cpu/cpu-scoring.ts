import { DisposedError } from '../../errors.ts';
import type { ItemTable, RowEquations, ScoringTable, ScoringTimings, TopK, TopKOptions } from '../backend.ts';
import { masksOf } from '../item-mask.ts';
import { Pacer } from '../pacer.ts';
import { padRows, strideOf, unpadRows } from '../padded-rows.ts';
import { dotRow, inverseNorms } from './factor-row.ts';
import { gramianOf } from './gramian.ts';
import { RowSolver } from './row-solver.ts';
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

  constructor({ rank, rowCount, factors, biases, alpha0 }: ItemTable) {
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
    return unpadRows(await this.#foldIn(equations), { rank: this.#rank });
  }

  topK(queries: Float32Array, options: TopKOptions): Promise<{ topK: TopK; timings: ScoringTimings }> {
    return this.#topK(this.#padded(queries), options, { started: performance.now(), foldInMs: null });
  }

  async foldInTopK(
    equations: RowEquations,
    options: Omit<TopKOptions, 'similarity'>,
  ): Promise<{ factors: Float32Array; topK: TopK; timings: ScoringTimings }> {
    const started = performance.now();
    const folded = await this.#foldIn(equations);
    const foldInMs = performance.now() - started;
    const result = await this.#topK(folded, { ...options, similarity: 'dot' }, { started, foldInMs });
    return { factors: unpadRows(folded, { rank: this.#rank }), ...result };
  }

  async scores(queries: Float32Array, { similarity }: Pick<TopKOptions, 'similarity'>): Promise<Float32Array> {
    const padded = this.#padded(queries);
    const queryCount = padded.length / this.#stride;
    const scores = new Float32Array(queryCount * this.#rowCount);
    for (let query = 0; query < queryCount; query++) {
      this.#score(padded, query, similarity, scores.subarray(query * this.#rowCount));
      await this.#pacer.breathe();
    }
    return scores;
  }

  dispose(): void {
    this.#factors = null;
  }

  #live(): Float32Array {
    if (this.#factors === null) throw new DisposedError('This scoring table was disposed of; open a new one.');
    return this.#factors;
  }

  #padded(queries: Float32Array): Float32Array {
    return padRows(queries, { rowCount: queries.length / this.#rank, rank: this.#rank });
  }

  /** Padded rows. */
  async #foldIn(equations: RowEquations): Promise<Float32Array> {
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

  /** The lists of padded queries. */
  async #topK(
    queries: Float32Array,
    options: TopKOptions,
    { started, foldInMs }: { readonly started: number; readonly foldInMs: number | null },
  ): Promise<{ topK: TopK; timings: ScoringTimings }> {
    const queryCount = queries.length / this.#stride;
    const itemCount = this.#rowCount;
    const k = Math.min(options.k, itemCount);
    const counts = new Uint32Array(queryCount);
    const rows = new Uint32Array(queryCount * k);
    const scores = new Float32Array(queryCount * k);
    let scoreMs = 0;
    let topKMs = 0;
    for (let query = 0; query < queryCount; query++) {
      const scoring = performance.now();
      this.#score(queries, query, options.similarity, this.#scores);
      const scored = performance.now();
      const [first, end] = [query * k, (query + 1) * k];
      counts[query] = selectTopK(
        this.#scores,
        { k, mask: masksOf(options.mask, { itemCount, queryCount, first: query, end: query + 1 }) },
        { rows: rows.subarray(first, end), scores: scores.subarray(first, end) },
      );
      scoreMs += scored - scoring;
      topKMs += performance.now() - scored;
      await this.#pacer.breathe();
    }
    const timings = { foldInMs, scoreMs, topKMs, totalMs: performance.now() - started };
    return { topK: { k, counts, rows, scores }, timings };
  }

  /** Scores every item for one padded query into `target`. */
  #score(queries: Float32Array, query: number, similarity: 'dot' | 'cosine', target: Float32Array): void {
    const factors = this.#live();
    const stride = this.#stride;
    const x = Float64Array.from(queries.subarray(query * stride, (query + 1) * stride));
    if (similarity === 'dot') {
      for (let row = 0; row < this.#rowCount; row++) {
        target[row] = dotRow(x, factors, row * stride) + this.#biases[row]!;
      }
      return;
    }
    const scales = (this.#inverseNorms ??= inverseNorms(factors, stride));
    const norm = Math.hypot(...x);
    const scale = norm === 0 ? 0 : 1 / norm;
    for (let row = 0; row < this.#rowCount; row++)
      target[row] = scale * dotRow(x, factors, row * stride) * scales[row]!;
  }
}
