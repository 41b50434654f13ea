import { DisposedError } from '../../errors.ts';
import { BufferScope } from '../../gpu/buffers.ts';
import { CommandBatch } from '../../gpu/command-batch.ts';
import type { GpuDevice } from '../../gpu/device.ts';
import { ReadBack } from '../../gpu/read-back.ts';
import { GpuTimer } from '../../gpu/timer.ts';
import { encodeEmbeddingBag } from '../../shaders/embedding-bag.ts';
import { encodeGatherRows } from '../../shaders/gather-rows.ts';
import { scoresOfKeys } from '../../shaders/score-items.ts';
import type { TablePage } from '../../shaders/table-page.ts';
import type { ItemTable, RowEquations, ScoringTable, ScoringTimings, TopK, TopKOptions } from '../backend.ts';
import { FoldInEncoder } from './fold-in-encoder.ts';
import { type FactorPages, padFactors, unpadFactors } from './factor-pages.ts';
import { GramianPass } from './gramian-pass.ts';
import { itemPages, largestBinding, uploadItemPages } from './item-pages.ts';
import { RankingEncoder } from './ranking-encoder.ts';
import { type RowChunk, rowChunks } from './row-chunks.ts';
import { ScoringTiming } from './scoring-timing.ts';
import { Workspace, type WorkspaceRange } from './workspace.ts';

/** Arrays of one submit stay below this, so that a large batch neither fills the GPU nor holds it for seconds. */
const comfortableByteLength = 2 ** 26;

/**
 * Uploads a model's items once, padded to a multiple of four factors and in pages where a binding is too small,
 * computes their Gramian, and compiles what a visitor's request needs.
 *
 * @throws {GpuLimitError} the table does not fit the device
 * @throws {DeviceLostError} the device was lost meanwhile
 */
export async function openWebGpuTable(gpu: GpuDevice, table: ItemTable): Promise<ScoringTable> {
  const scoring = new WebGpuScoring(gpu, table);
  try {
    await scoring.prepare();
    return scoring;
  } catch (error) {
    scoring.dispose();
    throw error;
  }
}

/** A model's items on the GPU. Calls run one after another: they share buffers, which are kept between calls. */
class WebGpuScoring implements ScoringTable {
  readonly #gpu: GpuDevice;
  readonly #rank: number;
  readonly #rankVectors: number;
  readonly #itemCount: number;
  readonly #alpha0: number;
  readonly #items: BufferScope;
  readonly #layout: FactorPages;
  readonly #pages: readonly (TablePage & { readonly buffer: GPUBuffer })[];
  readonly #gramian: GPUBuffer;
  /** Pairs (1, bias). */
  readonly #dotScales: GPUBuffer;
  /** Pairs (1 / |y|, 0). */
  readonly #cosineScales: GPUBuffer;
  readonly #workspace: Workspace;
  readonly #readBack: ReadBack;
  readonly #timer: GpuTimer;
  readonly #foldIns: FoldInEncoder;
  readonly #rankings: RankingEncoder;
  #turn: Promise<unknown> = Promise.resolve();
  #isDisposed = false;

  constructor(gpu: GpuDevice, table: ItemTable) {
    const { rank, rowCount, biases, alpha0 } = table;
    this.#gpu = gpu;
    this.#rank = rank;
    this.#rankVectors = Math.ceil(rank / 4);
    this.#itemCount = rowCount;
    this.#alpha0 = alpha0;
    this.#items = new BufferScope(gpu, 'item table');
    this.#workspace = new Workspace(gpu, 'scoring');
    this.#readBack = new ReadBack(gpu, 'scoring');
    this.#timer = new GpuTimer(gpu);
    try {
      this.#layout = itemPages(gpu, table);
      this.#pages = uploadItemPages(this.#items, { pages: this.#layout, factors: table.factors, rank });
      this.#gramian = this.#items.create('gramian', 64 * this.#rankVectors ** 2);
      const dotScales = new Float32Array(2 * rowCount);
      for (let row = 0; row < rowCount; row++) dotScales.set([1, biases[row]!], 2 * row);
      this.#dotScales = this.#items.upload('scales and biases of the dot product', dotScales);
      this.#cosineScales = this.#items.upload('scales of the cosine', cosineScales(table));
    } catch (error) {
      this.#release();
      throw error;
    }
    const shape = { pages: this.#pages, rankVectors: this.#rankVectors };
    this.#foldIns = new FoldInEncoder(gpu, this.#workspace, { ...shape, gramian: this.#gramian, alpha0 });
    this.#rankings = new RankingEncoder(gpu, this.#workspace, { ...shape, itemCount: rowCount });
  }

  /** Compiles the kernels and computes the Gramian. */
  async prepare(): Promise<void> {
    await Promise.all([this.#foldIns.compile(), this.#rankings.compile()]);
    if (this.#alpha0 === 0) return;
    using scratch = new BufferScope(this.#gpu, 'gramian of the items');
    const pass = new GramianPass(this.#gpu, { buffers: scratch, sides: [this.#layout] });
    await pass.compile();
    using commands = new CommandBatch(this.#gpu, 'gramian of the items');
    pass.encode(commands, {
      pages: this.#layout,
      factors: this.#pages.map(({ buffer }) => buffer),
      target: this.#gramian,
    });
    commands.submit();
  }

  foldIn(equations: RowEquations): Promise<Float32Array> {
    return this.#inTurn(async () => {
      const factors = new Float32Array(equations.rowCount * this.#rank);
      for (const chunk of this.#foldIns.chunks(equations, { mostBytes: this.#mostBytes, mostRows: Infinity })) {
        using commands = new CommandBatch(this.#gpu, 'fold-in');
        const solved = this.#foldIns.encode(commands, equations, chunk);
        const { parts } = await this.#readBack.submit(commands, { ranges: [solved] });
        this.#unpad(parts[0]!, chunk, factors);
      }
      return factors;
    });
  }

  topK(queries: Float32Array, options: TopKOptions): Promise<{ topK: TopK; timings: ScoringTimings }> {
    return this.#inTurn(async () => {
      const timing = new ScoringTiming();
      const queryCount = queries.length / this.#rank;
      const topK = this.#emptyTopK(queryCount, options.k);
      for (const chunk of topK.k > 0 ? this.#topKChunks(queryCount, topK.k) : []) {
        using commands = new CommandBatch(this.#gpu, 'top-k');
        const ranked = this.#encodeTopK(commands, this.#uploadQueries(queries, chunk, options.similarity), {
          ...options,
          k: topK.k,
          chunk,
          queryCount,
        });
        const { parts, elapsedMs } = await this.#readBack.submit(commands, { ranges: [ranked], timer: this.#timer });
        timing.add(elapsedMs);
        this.#rankings.collect(parts[0]!, chunk, topK);
      }
      return { topK, timings: timing.finish() };
    });
  }

  foldInTopK(
    equations: RowEquations,
    options: Omit<TopKOptions, 'similarity'>,
  ): Promise<{ factors: Float32Array; topK: TopK; timings: ScoringTimings }> {
    return this.#inTurn(async () => {
      const timing = new ScoringTiming();
      const queryCount = equations.rowCount;
      const topK = this.#emptyTopK(queryCount, options.k);
      const factors = new Float32Array(queryCount * this.#rank);
      const mostRows = this.#rankings.mostQueries(this.#mostBytes, topK.k);
      for (const chunk of this.#foldIns.chunks(equations, { mostBytes: this.#mostBytes, mostRows })) {
        using commands = new CommandBatch(this.#gpu, 'fold-in and top-k');
        commands.span(this.#timer, 'fold-in');
        const solved = this.#foldIns.encode(commands, equations, chunk);
        const ranges = [solved];
        if (topK.k > 0) {
          const call = { mask: options.mask, k: topK.k, similarity: 'dot', chunk, queryCount } as const;
          ranges.push(this.#encodeTopK(commands, solved, call));
        }
        const { parts, elapsedMs } = await this.#readBack.submit(commands, { ranges, timer: this.#timer });
        timing.add(elapsedMs);
        this.#unpad(parts[0]!, chunk, factors);
        if (topK.k > 0) this.#rankings.collect(parts[1]!, chunk, topK);
      }
      return { factors, topK, timings: timing.finish() };
    });
  }

  scores(queries: Float32Array, { similarity }: Pick<TopKOptions, 'similarity'>): Promise<Float32Array> {
    return this.#inTurn(async () => {
      const queryCount = queries.length / this.#rank;
      const scores = new Float32Array(queryCount * this.#itemCount);
      if (scores.length === 0) return scores;
      for (const chunk of this.#topKChunks(queryCount, 0)) {
        using commands = new CommandBatch(this.#gpu, 'scores');
        const batch = this.#batch(this.#uploadQueries(queries, chunk, similarity), { chunk, similarity });
        const keys = this.#rankings.encodeKeys(commands, batch, null);
        const { parts } = await this.#readBack.submit(commands, { ranges: [keys] });
        scores.set(scoresOfKeys(new Uint32Array(parts[0]!)), chunk.first * this.#itemCount);
      }
      return scores;
    });
  }

  gather(rows: Uint32Array): Promise<Float32Array> {
    return this.#inTurn(async () => {
      this.#checkRows(rows);
      const gathered = new Float32Array(rows.length * this.#rank);
      const mostRows = this.#mostBytes / (16 * this.#rankVectors);
      for (const chunk of rowChunks(rows.length, { mostRows })) {
        const rowCount = chunk.end - chunk.first;
        const output = this.#workspace.reserve('looked-up rows', 16 * this.#rankVectors * rowCount);
        using commands = new CommandBatch(this.#gpu, 'gather');
        encodeGatherRows(commands, {
          rows: this.#workspace.upload('rows in use', rows.subarray(chunk.first, chunk.end)),
          rowCount,
          rankVectors: this.#rankVectors,
          pages: this.#pages,
          output,
        });
        const { parts } = await this.#readBack.submit(commands, { ranges: [output] });
        this.#unpad(parts[0]!, chunk, gathered);
      }
      return gathered;
    });
  }

  embeddingBag(bags: Parameters<ScoringTable['embeddingBag']>[0]): Promise<Float32Array> {
    return this.#inTurn(async () => {
      const { offsets, rows, weights, mode } = bags;
      this.#checkRows(rows);
      const bagCount = Math.max(0, offsets.length - 1);
      const results = new Float32Array(bagCount * this.#rank);
      const mostRows = this.#mostBytes / (16 * this.#rankVectors);
      for (const chunk of rowChunks(bagCount, { mostRows, offsets, mostEntries: this.#mostBytes / 4 })) {
        const chunkBags = chunk.end - chunk.first;
        const firstEntry = offsets[chunk.first]!;
        const endEntry = offsets[chunk.end]!;
        const output = this.#workspace.reserve('looked-up rows', 16 * this.#rankVectors * chunkBags);
        const chunkOffsets = offsets.subarray(chunk.first, chunk.end + 1).map((offset) => offset - firstEntry);
        using commands = new CommandBatch(this.#gpu, 'embedding bag');
        encodeEmbeddingBag(commands, {
          offsets: this.#workspace.upload('offsets', chunkOffsets),
          rows: this.#workspace.upload('rows in use', rows.subarray(firstEntry, endEntry)),
          weights: this.#workspace.upload('weights', weights.subarray(firstEntry, endEntry)),
          bagCount: chunkBags,
          mode,
          rankVectors: this.#rankVectors,
          pages: this.#pages,
          output,
        });
        const { parts } = await this.#readBack.submit(commands, { ranges: [output] });
        this.#unpad(parts[0]!, chunk, results);
      }
      return results;
    });
  }

  /** Calls made before it still end; calls made after it are an error by name. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    void this.#turn.then(() => this.#release());
  }

  get #mostBytes(): number {
    return Math.min(comfortableByteLength, largestBinding(this.#gpu));
  }

  /** Runs `work` when all earlier calls have ended, however they ended. */
  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isDisposed) throw new DisposedError('This scoring table was disposed of; open a new one.');
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  #release(): void {
    this.#items.dispose();
    this.#workspace.dispose();
    this.#readBack.dispose();
    this.#timer[Symbol.dispose]();
  }

  #emptyTopK(queryCount: number, k: number): TopK {
    const places = Math.min(k, this.#itemCount);
    return {
      k: places,
      counts: new Uint32Array(queryCount),
      rows: new Uint32Array(queryCount * places),
      scores: new Float32Array(queryCount * places),
    };
  }

  #topKChunks(queryCount: number, k: number): Generator<RowChunk> {
    return rowChunks(queryCount, { mostRows: this.#rankings.mostQueries(this.#mostBytes, k) });
  }

  /** The chunk's queries, padded; of length 1 (or 0) for the cosine. */
  #uploadQueries(queries: Float32Array, chunk: RowChunk, similarity: TopKOptions['similarity']): WorkspaceRange {
    const rank = this.#rank;
    const rows = queries.subarray(chunk.first * rank, chunk.end * rank);
    const scaled = similarity === 'cosine' ? normalized(rows, rank) : rows;
    const rowCount = chunk.end - chunk.first;
    return this.#workspace.upload('queries', padFactors(scaled, { rank, firstRow: 0, rowCount }));
  }

  #batch(
    queries: WorkspaceRange,
    { chunk, similarity }: { readonly chunk: RowChunk; readonly similarity: TopKOptions['similarity'] },
  ) {
    const scaleBias = similarity === 'cosine' ? this.#cosineScales : this.#dotScales;
    return { queries, queryCount: chunk.end - chunk.first, scaleBias };
  }

  #encodeTopK(
    commands: CommandBatch,
    queries: WorkspaceRange,
    call: TopKOptions & { readonly chunk: RowChunk; readonly queryCount: number },
  ): WorkspaceRange {
    return this.#rankings.encodeTopK(commands, this.#batch(queries, call), {
      k: call.k,
      mask: this.#maskOf(call.mask, call.chunk, call.queryCount),
      timer: this.#timer,
    });
  }

  #maskOf(mask: Uint32Array | undefined, { first, end }: RowChunk, queryCount: number): Uint32Array | null {
    if (mask === undefined) return null;
    const words = Math.ceil(this.#itemCount / 32);
    if (mask.length === words) return mask;
    if (mask.length === words * queryCount) return mask.subarray(first * words, end * words);
    throw new RangeError(
      `Internal: a mask must have ${words} words, or as many for each of ${queryCount} queries, got ${mask.length}.`,
    );
  }

  #checkRows(rows: Uint32Array): void {
    for (const row of rows) {
      if (row >= this.#itemCount) {
        throw new RangeError(`Internal: row ${row} is outside the ${this.#itemCount} items.`);
      }
    }
  }

  /** Writes a chunk's padded rows into their places of `target`. */
  #unpad(bytes: ArrayBuffer, { first }: RowChunk, target: Float32Array): void {
    unpadFactors(new Float32Array(bytes), { rank: this.#rank, firstRow: first, target });
  }
}

/** Pairs (1 / |y|, 0) of every item; the scale of a zero row is 0. */
function cosineScales({ factors, rowCount, rank }: ItemTable): Float32Array {
  const scales = new Float32Array(2 * rowCount);
  for (let row = 0; row < rowCount; row++) {
    let squared = 0;
    for (let i = row * rank; i < (row + 1) * rank; i++) squared += factors[i]! * factors[i]!;
    scales[2 * row] = squared === 0 ? 0 : 1 / Math.sqrt(squared);
  }
  return scales;
}

/** Rows of length 1; zero rows stay zero. */
function normalized(rows: Float32Array, rank: number): Float32Array {
  const scaled = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += rank) {
    const norm = Math.hypot(...rows.subarray(start, start + rank));
    if (norm === 0) continue;
    for (let i = start; i < start + rank; i++) scaled[i] = rows[i]! / norm;
  }
  return scaled;
}
