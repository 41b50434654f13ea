import { BufferScope } from '../../../gpu/buffers.ts';
import { CommandBatch } from '../../../gpu/command-batch.ts';
import type { GpuDevice } from '../../../gpu/device.ts';
import { ReadBack } from '../../../gpu/read-back.ts';
import { GpuTimer } from '../../../gpu/timer.ts';
import type { TablePage } from '../../../shaders/rows/table-page.ts';
import type {
  ExactBackend,
  Explainer,
  ItemSide,
  RowEquations,
  ItemTable,
  ScoringTimings,
  TopK,
  TopKOptions,
} from '../../backend.ts';
import { CallQueue } from '../../call-queue.ts';
import type { EmbeddingLookups } from '../../embedding-table.ts';
import { inverseNorms, normalizeRows } from '../../factor-row.ts';
import { masksOf } from '../../item-mask.ts';
import { padRows, unpadRows } from '../../padded-rows.ts';
import { type FactorPages, factorPages, uploadPages } from '../factor-pages.ts';
import { FoldInEncoder } from './fold-in-encoder.ts';
import { GramianPass } from '../gramian-pass.ts';
import { type QueryBatch, RankingEncoder } from './ranking-encoder.ts';
import { comfortableBytes, type RowChunk, rowChunks } from './row-chunks.ts';
import { WebGpuLookups } from './webgpu-lookups.ts';
import { Workspace, type WorkspaceRange } from './workspace.ts';

/** The items to hold, and the back end for what needs double precision. */
export interface WebGpuItemTableOptions {
  readonly side: ItemSide;
  readonly exact: ExactBackend;
}

/** A request for top-k lists. */
interface RankingCall extends TopKOptions {
  readonly queryCount: number;
  readonly chunks: Iterable<RowChunk>;
  /** Uploads a chunk's queries, or encodes their computation. */
  readonly queriesOf: (commands: CommandBatch, chunk: RowChunk) => WorkspaceRange;
  /** Receives the queries as `queryCount × factors`, if given. */
  readonly factors?: Float32Array;
}

/**
 * Uploads a model's items once, padded to a multiple of four factors and split into pages if they exceed one binding;
 * computes their Gramian and compiles the kernels of a visitor's request.
 *
 * @throws {GpuLimitError} the table does not fit the device
 * @throws {DeviceLostError} the device was lost while the table was opened
 */
export async function openWebGpuItemTable(gpu: GpuDevice, options: WebGpuItemTableOptions): Promise<ItemTable> {
  const scoring = new WebGpuItemTable(gpu, options);
  try {
    await scoring.prepare();
    return scoring;
  } catch (error) {
    scoring.dispose();
    throw error;
  }
}

/** A model's items on the GPU. Calls run one after another, because they share buffers that are kept between calls. */
class WebGpuItemTable implements ItemTable {
  readonly #gpu: GpuDevice;
  readonly #factors: number;
  readonly #rankVectors: number;
  readonly #itemCount: number;
  readonly #unobservedWeight: number;
  readonly #items: BufferScope;
  readonly #layout: FactorPages;
  readonly #pages: readonly (TablePage & { readonly buffer: GPUBuffer })[];
  readonly #gramian: GPUBuffer;
  /**
   * Pairs (scale, bias) per item, padded to fours: (1, bias) for `dot`; (1 / |y|, 0), or (0, 0) if y = 0, for `cosine`.
   */
  readonly #scales: Readonly<Record<TopKOptions['similarity'], GPUBuffer>>;
  readonly #workspace: Workspace;
  readonly #readBack: ReadBack;
  readonly #timer: GpuTimer;
  readonly #foldIns: FoldInEncoder;
  readonly #rankings: RankingEncoder;
  readonly #calls = new CallQueue('item table');
  /** Opens the explainer for these items; called on first use. */
  readonly #openExplainer: () => Promise<Explainer>;
  #explainer: Promise<Explainer> | null = null;
  readonly embeddings: EmbeddingLookups;

  constructor(gpu: GpuDevice, { side, exact }: WebGpuItemTableOptions) {
    const { factors, rowCount, itemFactors, biases, unobservedWeight } = side;
    this.#gpu = gpu;
    this.#factors = factors;
    this.#rankVectors = Math.ceil(factors / 4);
    this.#itemCount = rowCount;
    this.#unobservedWeight = unobservedWeight;
    this.#openExplainer = () => exact.openExplainer(side);
    this.#items = new BufferScope(gpu, 'item table');
    this.#workspace = new Workspace(gpu, 'scoring');
    this.#readBack = new ReadBack(gpu, 'scoring');
    this.#timer = new GpuTimer(gpu);
    try {
      const shape = { rowCount, rankVectors: this.#rankVectors, limits: gpu.limits, mostPages: Infinity };
      this.#layout = factorPages('item', shape);
      this.#pages = uploadPages(this.#items, 'items', { pages: this.#layout, rows: itemFactors, factors });
      this.#gramian = this.#items.create('gramian', 64 * this.#rankVectors ** 2);
      const norms = inverseNorms(itemFactors.subarray(0, rowCount * factors), factors);
      const dot = Float32Array.from({ length: 2 * rowCount + 6 }, (_, place) => (place % 2 ? biases[place >> 1]! : 1));
      const cosine = dot.map((_, place) => (place % 2 ? 0 : norms[place >> 1]!));
      this.#scales = {
        dot: this.#items.upload('dot scales', dot),
        cosine: this.#items.upload('cosine scales', cosine),
      };
    } catch (error) {
      this.#release();
      throw error;
    }
    const shape = { pages: this.#pages, rankVectors: this.#rankVectors };
    this.#foldIns = new FoldInEncoder(gpu, this.#workspace, { ...shape, gramian: this.#gramian, unobservedWeight });
    this.#rankings = new RankingEncoder(gpu, this.#workspace, { ...shape, buffers: this.#items, itemCount: rowCount });
    const lookups = new WebGpuLookups(gpu, { factors, rowCount, pages: this.#pages });
    this.embeddings = {
      gather: (rows) => this.#calls.run(() => lookups.gather(rows)),
      bag: (bags) => this.#calls.run(() => lookups.bag(bags)),
    };
  }

  /** Compiles the kernels and computes the Gramian. */
  async prepare(): Promise<void> {
    await Promise.all([this.#foldIns.compile(), this.#rankings.compile()]);
    if (this.#unobservedWeight === 0) return;
    const scratch = new BufferScope(this.#gpu, 'gramian of the items');
    try {
      const pass = new GramianPass(this.#gpu, { buffers: scratch, sides: [this.#layout] });
      await pass.compile();
      const commands = new CommandBatch(this.#gpu, 'gramian of the items');
      pass.encode(commands, {
        pages: this.#layout,
        factors: this.#pages.map(({ buffer }) => buffer),
        target: this.#gramian,
      });
      commands.submit();
    } finally {
      scratch.dispose();
    }
  }

  foldIn(equations: RowEquations): Promise<Float32Array> {
    return this.#calls.run(async () => {
      const factors = new Float32Array(equations.rowCount * this.#factors);
      for (const chunk of this.#foldInChunks(equations, Infinity)) {
        const [solved] = await this.#read('fold-in', (commands) => [this.#foldIns.encode(commands, equations, chunk)]);
        this.#unpad(solved!, chunk, factors);
      }
      return factors;
    });
  }

  topK(queries: Float32Array, options: TopKOptions): Promise<{ topK: TopK; timings: ScoringTimings }> {
    const queryCount = queries.length / this.#factors;
    return this.#ranking({
      ...options,
      queryCount,
      chunks: Math.min(options.k, this.#itemCount) > 0 ? this.#queryChunks(queryCount, options.k) : [],
      queriesOf: (_, chunk) => this.#uploadQueries(queries, chunk, options.similarity),
    });
  }

  async foldInTopK(
    equations: RowEquations,
    options: Omit<TopKOptions, 'similarity'>,
  ): Promise<{ factors: Float32Array; topK: TopK; timings: ScoringTimings }> {
    const queryCount = equations.rowCount;
    const factors = new Float32Array(queryCount * this.#factors);
    const result = await this.#ranking({
      ...options,
      similarity: 'dot',
      queryCount,
      chunks: this.#foldInChunks(equations, this.#rankings.mostQueries(options.k)),
      queriesOf: (commands, chunk) => {
        commands.span(this.#timer, 'fold-in');
        return this.#foldIns.encode(commands, equations, chunk);
      },
      factors,
    });
    return { factors, ...result };
  }

  contributions(equations: RowEquations, itemRows: Uint32Array): Promise<Float64Array> {
    return this.#calls.run(async () => {
      const opening = (this.#explainer ??= this.#openExplainer());
      // If opening fails, the next call tries again.
      opening.catch(() => (this.#explainer = null));
      return (await opening).contributions(equations, itemRows);
    });
  }

  dispose(): void {
    this.#calls.close(() => this.#release());
  }

  #release(): void {
    void this.#explainer?.then((explainer) => explainer.dispose());
    for (const owner of [this.#items, this.#workspace, this.#readBack, this.#timer]) owner.dispose();
  }

  /** Encodes, submits and reads back with one wait; if encoding fails, the commands are disposed of. */
  async #read(label: string, encode: (commands: CommandBatch) => WorkspaceRange[]): Promise<ArrayBuffer[]> {
    const commands = new CommandBatch(this.#gpu, label);
    try {
      return await this.#readBack.submit(commands, { ranges: encode(commands), timer: this.#timer });
    } finally {
      commands.dispose();
    }
  }

  /** Makes the lists of `call`, chunk by chunk. */
  #ranking(call: RankingCall): Promise<{ topK: TopK; timings: ScoringTimings }> {
    return this.#calls.run(async () => {
      const { queryCount, similarity, factors } = call;
      const started = performance.now();
      const { elapsedMs } = this.#timer;
      elapsedMs.clear();
      const k = Math.min(call.k, this.#itemCount);
      const topK = {
        k,
        counts: new Uint32Array(queryCount),
        rows: new Uint32Array(queryCount * k),
        scores: new Float32Array(queryCount * k),
      };
      for (const chunk of call.chunks) {
        for (const mayUseCodes of [true, false]) {
          const parts = await this.#read('top-k', (commands) => {
            const queries = call.queriesOf(commands, chunk);
            const ranges = factors ? [queries] : [];
            if (k > 0) {
              const mask = masksOf(call.mask, { itemCount: this.#itemCount, queryCount, ...chunk });
              const batch = this.#batch(queries, chunk, similarity);
              ranges.push(this.#rankings.encodeTopK(commands, batch, { k, mask, timer: this.#timer, mayUseCodes }));
            }
            return ranges;
          });
          if (factors) this.#unpad(parts[0]!, chunk, factors);
          if (k === 0 || this.#rankings.collect(parts.at(-1)!, chunk, topK)) break;
        }
      }
      const part = (name: string): number | null => elapsedMs.get(name) ?? null;
      const timings = {
        foldInMs: part('fold-in'),
        scoreMs: part('score'),
        topKMs: part('top-k'),
        totalMs: performance.now() - started,
      };
      return { topK, timings };
    });
  }

  #queryChunks(queryCount: number, k: number): Generator<RowChunk> {
    return rowChunks(queryCount, { mostRows: this.#rankings.mostQueries(k) });
  }

  #foldInChunks(equations: RowEquations, mostRows: number): Generator<RowChunk> {
    return this.#foldIns.chunks(equations, { mostBytes: comfortableBytes(this.#gpu), mostRows });
  }

  /** Uploads the chunk's queries, padded; for the cosine scaled to length 1 (zero queries stay zero). */
  #uploadQueries(queries: Float32Array, chunk: RowChunk, similarity: TopKOptions['similarity']): WorkspaceRange {
    const factors = this.#factors;
    const rows = padRows(queries, { factors, firstRow: chunk.first, rowCount: chunk.end - chunk.first });
    if (similarity === 'cosine') normalizeRows(rows, 4 * this.#rankVectors);
    return this.#workspace.upload('queries', rows);
  }

  #batch(queries: WorkspaceRange, { first, end }: RowChunk, similarity: TopKOptions['similarity']): QueryBatch {
    return { queries, queryCount: end - first, scaleBias: this.#scales[similarity] };
  }

  /** Writes a chunk's padded rows to their places in `target`. */
  #unpad(bytes: ArrayBuffer, { first }: RowChunk, target: Float32Array): void {
    unpadRows(new Float32Array(bytes), { factors: this.#factors, firstRow: first, target });
  }
}
