import { DisposedError } from '../../../errors.ts';
import { BufferScope } from '../../../gpu/buffers.ts';
import { CommandBatch } from '../../../gpu/command-batch.ts';
import type { GpuDevice } from '../../../gpu/device.ts';
import { ReadBack, readBuffers } from '../../../gpu/read-back.ts';
import { SubmitClock } from '../../../gpu/submit-clock.ts';
import { Submits } from '../../../gpu/submits.ts';
import { alsLoss, alsLossWorkgroups } from '../../../shaders/solve/als-loss.ts';
import type { AlsProblem, RowEquations, Side, SolveOptions, TrainingRun } from '../../backend.ts';
import { unpadRows } from '../../padded-rows.ts';
import { degreeOrder, placesIn } from './degree-order.ts';
import { EigenbasisPass } from './eigenbasis-pass.ts';
import { type FactorPages, factorPages, rowsOfPage, uploadPages } from '../factor-pages.ts';
import { GramianPass } from '../gramian-pass.ts';
import { longestUnsplitRow, RowSolvePass, type RowSolveShape } from './row-solve-pass.ts';
import type { SplitBatch } from './split-rows.ts';
import { type TrainingChunk, trainingChunks } from './training-chunks.ts';
import { planTraining, requireFit, trainingShapeOf } from './memory-plan.ts';

const sides = ['users', 'items'] as const;
const other: Record<Side, Side> = { users: 'items', items: 'users' };

/** The loss kernel has no barriers. A software adapter is faster with small workgroups, a GPU with full ones. */
const lossWorkgroupSize = (isSoftware: boolean): number => (isSoftware ? 16 : 64);

/** One chunk's arrays on the GPU. */
interface ChunkBuffers {
  readonly chunk: TrainingChunk;
  readonly splits: readonly SplitBatch[];
  readonly rows: GPUBuffer;
  readonly columns: GPUBuffer;
  readonly weights: GPUBuffer;
  /** 1, or 0 if all entries share one (a, b). */
  readonly weightStride: number;
  /** The loss of each row of the chunk. */
  readonly lossPartials: GPUBuffer;
}

/** One side on the GPU: factors by page, row equations by chunk, and the Gramian of its factors. */
interface SideBuffers {
  /** The row at each place. On the GPU, rows are numbered by their places. */
  readonly order: Uint32Array;
  readonly pages: FactorPages;
  readonly factors: readonly GPUBuffer[];
  readonly chunks: readonly ChunkBuffers[];
  readonly gramian: GPUBuffer;
  /** False if the factors have changed since the Gramian was computed. */
  isGramianCurrent: boolean;
}

/** Options of `WebGpuTraining.open`: those of every back end, and its own. */
export interface WebGpuSolveOptions extends SolveOptions {
  /** Which kernel solves which rows by conjugate gradient. */
  readonly rowSolve: RowSolveShape;
  /** The most bytes of all buffers of the run; default: what the device's limits allow. */
  readonly mostBytes?: number | undefined;
}

/**
 * Alternating least squares on the GPU in float32. All data stays there between calls: `loss` reads back one number per
 * row and two Gramians, `factors` the factors. If the device is lost, calls reject with `DeviceLostError`.
 */
export class WebGpuTraining implements TrainingRun {
  readonly #gpu: GpuDevice;
  readonly #problem: Pick<AlsProblem, 'factors' | 'unobservedWeight' | 'constantLoss'>;
  readonly #buffers: BufferScope;
  readonly #sides: Record<Side, SideBuffers>;
  readonly #gramians: GramianPass;
  readonly #solver: RowSolvePass;
  readonly #eigenbasis: EigenbasisPass;
  readonly #isPaged: boolean;
  readonly #clock: SubmitClock;
  readonly #lossReadBack: ReadBack;
  #isDisposed = false;

  /**
   * Uploads the problem and compiles the kernels.
   *
   * @throws {GpuLimitError} the problem does not fit this GPU; the message says what would (`planTraining`)
   * @throws {DeviceLostError} the device was lost before the run was ready
   */
  static async open(gpu: GpuDevice, problem: AlsProblem, options: WebGpuSolveOptions): Promise<WebGpuTraining> {
    gpu.throwIfUnusable();
    const run = new WebGpuTraining(gpu, problem, options);
    try {
      await run.#compile();
      return run;
    } catch (error) {
      run.dispose();
      throw error;
    }
  }

  private constructor(gpu: GpuDevice, problem: AlsProblem, options: WebGpuSolveOptions) {
    const { factors, unobservedWeight, constantLoss } = problem;
    const rankVectors = Math.ceil(factors / 4);
    const { limits, isSoftware } = gpu;
    const { solver, rowSolve, mostBytes } = options;
    const entryCount = problem.users.columns.length;
    const longestPart = longestUnsplitRow({ rowSolve, isSoftware, entryCount });
    requireFit(planTraining(trainingShapeOf(problem, { solver, longestPart }), { limits, isSoftware, mostBytes }));
    this.#gpu = gpu;
    this.#problem = { factors, unobservedWeight, constantLoss };
    this.#buffers = new BufferScope(gpu, 'training');
    this.#clock = new SubmitClock(gpu);
    this.#lossReadBack = new ReadBack(gpu, 'training loss');
    try {
      const pages = {
        users: factorPages('user', { rowCount: problem.users.rowCount, rankVectors, limits }),
        items: factorPages('item', { rowCount: problem.items.rowCount, rankVectors, limits }),
      };
      const layouts = { buffers: this.#buffers, sides: [pages.users, pages.items] };
      const isPaged = pages.users.pageCount + pages.items.pageCount > 2;
      this.#isPaged = isPaged;
      this.#gramians = new GramianPass(gpu, layouts);
      this.#solver = new RowSolvePass(gpu, {
        ...options,
        rankVectors,
        alpha0: unobservedWeight,
        entryCount,
        isPaged,
        buffers: this.#buffers,
      });
      this.#eigenbasis = new EigenbasisPass(gpu, { buffers: this.#buffers, rankVectors });
      const orders = { users: degreeOrder(problem.users), items: degreeOrder(problem.items) };
      this.#sides = {
        users: this.#upload('users', { pages, orders, equations: problem.users, rows: problem.userFactors }),
        items: this.#upload('items', { pages, orders, equations: problem.items, rows: problem.itemFactors }),
      };
    } catch (error) {
      this.#buffers.dispose();
      throw error;
    }
  }

  async solve(side: Side): Promise<void> {
    this.#throwIfDisposed();
    const solved = this.#sides[side];
    const fixed = this.#sides[other[side]];
    const submits = new Submits(this.#gpu, { label: `solve ${side}`, clock: this.#clock });
    const { commands } = submits;
    if (this.#problem.unobservedWeight !== 0) this.#encodeGramian(commands, fixed);
    solved.isGramianCurrent = false;
    if (this.#turnsFactors) {
      this.#eigenbasis.encode(commands, { gramian: fixed.gramian, sides: [solved, fixed] });
      fixed.isGramianCurrent = false;
    }
    for (const { chunk, splits, rows, columns, weights, weightStride } of solved.chunks) {
      const buffers = {
        rows,
        columns,
        weights,
        gramian: this.#solver.isDiagonal ? this.#eigenbasis.values : fixed.gramian,
        factors: solved.factors[chunk.page]!,
      };
      this.#solver.encode(
        { chunk, splits, buffers, weightStride, fixed: fixed.factors, pageRows: fixed.pages.pageRows },
        submits,
      );
    }
    submits.submit();
    // No wait here: the queue runs in order, and a wait costs up to 100 ms in Firefox (bug 1870699). The next read
    // reports a lost device or an error.
    this.#gpu.throwIfUnusable();
  }

  async loss(): Promise<number> {
    this.#throwIfDisposed();
    const { unobservedWeight, constantLoss } = this.#problem;
    const commands = new CommandBatch(this.#gpu, 'loss');
    for (const side of sides) {
      if (unobservedWeight !== 0) this.#encodeGramian(commands, this.#sides[side]);
      this.#encodeLoss(commands, side);
    }
    const partials = sides
      .flatMap((side) => this.#sides[side].chunks)
      .map(({ lossPartials, chunk }) => ({ buffer: lossPartials, size: 4 * chunk.rowCount }));
    const [users, items, ...rest] = await this.#lossReadBack.submit(commands, {
      ranges: [this.#sides.users.gramian, this.#sides.items.gramian, ...partials],
    });
    let loss = constantLoss;
    // Σ_all (x·y)² = ⟨G_users, G_items⟩
    if (unobservedWeight !== 0) {
      loss += unobservedWeight * innerProduct(new Float32Array(users!), new Float32Array(items!));
    }
    for (const bytes of rest) for (const partial of new Float32Array(bytes)) loss += partial;
    return loss;
  }

  async factors(): Promise<{ userFactors: Float32Array; itemFactors: Float32Array }> {
    this.#throwIfDisposed();
    const { factors } = this.#problem;
    const ranges = sides.flatMap((side) => {
      const { factors: buffers, pages } = this.#sides[side];
      return buffers.map((buffer, page) => ({ buffer, size: 16 * pages.rankVectors * rowsOfPage(pages, page) }));
    });
    const bytes = await readBuffers(this.#gpu, ranges);
    const collect = ({ pages, order }: SideBuffers): Float32Array => {
      const target = new Float32Array(pages.rowCount * factors);
      for (let page = 0; page < pages.pageCount; page++) {
        unpadRows(new Float32Array(bytes.shift()!), { factors, firstRow: page * pages.pageRows, target, order });
      }
      return target;
    };
    const userFactors = collect(this.#sides.users);
    return { userFactors, itemFactors: collect(this.#sides.items) };
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#lossReadBack.dispose();
    this.#buffers.dispose();
  }

  async #compile(): Promise<void> {
    await Promise.all([
      this.#problem.unobservedWeight === 0 ? undefined : this.#gramians.compile(),
      alsLoss.compile(this.#gpu, this.#lossOverrides),
      this.#solver.compile(),
      this.#turnsFactors ? this.#eigenbasis.compile() : undefined,
    ]);
  }

  /** With α₀ = 0 the Gramian is not used: its eigenvalues count as zero, and any basis is an eigenbasis. */
  get #turnsFactors(): boolean {
    return this.#solver.isDiagonal && this.#problem.unobservedWeight !== 0;
  }

  #upload(
    side: Side,
    problem: {
      readonly pages: Record<Side, FactorPages>;
      readonly orders: Record<Side, Uint32Array>;
      readonly equations: RowEquations;
      readonly rows: Float32Array;
    },
  ): SideBuffers {
    const { factors } = this.#problem;
    const { equations, rows } = problem;
    const buffers = this.#buffers;
    const pages = problem.pages[side];
    const order = problem.orders[side];
    const { longRowEntries, splitRowEntries } = this.#solver;
    const chunks: ChunkBuffers[] = [];
    for (const { columns, weights, ...chunk } of trainingChunks(equations, {
      pages,
      limits: this.#gpu.limits,
      order,
      columnPlaces: placesIn(problem.orders[other[side]]),
      longRowEntries,
      splitRowEntries,
    })) {
      chunks.push({
        chunk,
        splits: this.#solver.reserve(chunk),
        rows: buffers.upload(`${side} equations`, chunk.equations),
        columns: buffers.upload(`${side} columns`, columns),
        weights: buffers.upload(`${side} weights`, weights),
        weightStride: weights.length > 2 ? 1 : 0,
        lossPartials: buffers.create(`${side} loss partials`, 4 * chunk.rowCount),
      });
    }
    return {
      order,
      pages,
      factors: uploadPages(buffers, `${side} factors`, { pages, rows, factors, order }).map(({ buffer }) => buffer),
      chunks,
      gramian: buffers.create(`${side} Gramian`, 64 * pages.rankVectors ** 2),
      isGramianCurrent: false,
    };
  }

  #encodeGramian(commands: CommandBatch, side: SideBuffers): void {
    if (side.isGramianCurrent) return;
    this.#gramians.encode(commands, { pages: side.pages, factors: side.factors, target: side.gramian });
    side.isGramianCurrent = true;
  }

  #encodeLoss(commands: CommandBatch, side: Side): void {
    const { factors, chunks } = this.#sides[side];
    const fixed = this.#sides[other[side]];
    const overrides = this.#lossOverrides;
    for (const { chunk, rows, columns, weights, weightStride, lossPartials } of chunks) {
      alsLoss.encode(commands, {
        buffers: {
          rows,
          columns,
          weights,
          fixed_0: fixed.factors[0]!,
          fixed_1: fixed.factors.at(-1)!,
          factors: factors[chunk.page]!,
          partials: lossPartials,
        },
        params: {
          row_count: chunk.rowCount,
          page_rows: fixed.pages.pageRows,
          weight_stride: weightStride,
          // The objective counts every entry once, with the users.
          counts_entries: side === 'users' ? 1 : 0,
        },
        overrides,
        workgroups: alsLossWorkgroups(chunk.rowCount, overrides.workgroup_size),
      });
    }
  }

  get #lossOverrides(): { rank_vectors: number; is_paged: boolean; workgroup_size: number } {
    return {
      is_paged: this.#isPaged,
      rank_vectors: this.#sides.users.pages.rankVectors,
      workgroup_size: lossWorkgroupSize(this.#gpu.isSoftware),
    };
  }

  #throwIfDisposed(): void {
    if (this.#isDisposed) throw new DisposedError('This training run was disposed of; open a new one.');
    this.#gpu.throwIfUnusable();
  }
}

function innerProduct(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += left[index]! * right[index]!;
  return sum;
}
