import type { BufferRange, BufferScope } from '../../../gpu/buffers.ts';
import type { CommandBatch } from '../../../gpu/command-batch.ts';
import type { GpuDevice } from '../../../gpu/device.ts';
import type { Submits } from '../../../gpu/submits.ts';
import { alsCgInvocation, alsCgInvocationWorkgroups } from '../../../shaders/solve/als-cg-invocation.ts';
import { alsCgSubgroup, alsCgSubgroupLanes, alsCgSubgroupWorkgroups } from '../../../shaders/solve/als-cg-subgroup.ts';
import { alsCgWorkgroup, alsCgWorkgroupTile } from '../../../shaders/solve/als-cg-workgroup.ts';
import {
  choleskyRowsPerBatch,
  choleskyScratchByteLength,
  compileAlsCholesky,
  encodeAlsCholesky,
  type FurtherParts,
} from '../../../shaders/solve/als-cholesky.ts';
import type { SolveOptions } from '../../backend.ts';
import { rowEquationByteLength, rowEquationWords } from '../row-equation-list.ts';
import { splitBatches, type SplitBatch, splitRowEntries } from './split-rows.ts';
import { listAlignment, type TrainingChunk } from './training-chunks.ts';

/**
 * Which kernel solves which rows. `auto`: a few lanes of a subgroup per row or, without subgroups or without a diagonal
 * Gramian, one invocation per row; on a GPU, long rows get a workgroup each, and the very longest are split and solved
 * exactly. `invocation`, `subgroup`, `workgroup`, `split`: all rows in this way where possible. With the solver
 * `cholesky`, only `split` makes a difference.
 */
export type RowSolveShape = 'auto' | 'invocation' | 'subgroup' | 'workgroup' | 'split';

/** From this many entries on, a row gets a whole workgroup on a GPU instead of one invocation or some lanes. */
const longRowEntries = { invocation: 16, subgroup: 512 };

/**
 * `auto`: a row stops once rᵀ M⁻¹ r, which estimates what is left to gain, is below this share of its initial value.
 */
const autoTolerance = 0.1;

/** The buffers of one chunk's row equations, as the kernels name them. */
export interface RowSolveBuffers {
  readonly rows: GPUBuffer;
  readonly columns: GPUBuffer;
  readonly weights: GPUBuffer;
  readonly gramian: GPUBuffer;
  readonly factors: GPUBuffer;
}

/** A chunk to solve and the pages of the fixed side. */
export interface RowSolveCall {
  readonly chunk: TrainingChunk;
  readonly splits: readonly SplitBatch[];
  readonly buffers: RowSolveBuffers;
  /** 1, or 0 if all entries share one (a, b). */
  readonly weightStride: number;
  /** One buffer per page of the fixed side. */
  readonly fixed: readonly GPUBuffer[];
  readonly pageRows: number;
}

/** Options of `RowSolvePass`. */
export interface RowSolveOptions extends SolveOptions {
  readonly rowSolve: RowSolveShape;
  readonly rankVectors: number;
  readonly alpha0: number;
  /** Entries of one side; both have the same. */
  readonly entryCount: number;
  /** Whether a side has more than one page. */
  readonly isPaged: boolean;
  readonly buffers: BufferScope;
}

/** Rows with more entries than this are split; Infinity: none are. */
export function longestUnsplitRow(options: {
  readonly rowSolve: RowSolveShape;
  readonly isSoftware: boolean;
  readonly entryCount: number;
}): number {
  const { rowSolve, isSoftware, entryCount } = options;
  if (rowSolve === 'split') return 64;
  return rowSolve === 'auto' && !isSoftware ? splitRowEntries(entryCount) : Infinity;
}

/** Solves row equations with the kernel that suits the solver, the device and the length of each row. */
export class RowSolvePass {
  /** Rows with at least this many entries are in a chunk's long list. */
  readonly longRowEntries: number;
  /** Rows with more entries than this are split. */
  readonly splitRowEntries: number;
  /** Whether factors must be rotated into the eigenbasis of the fixed side's Gramian; kernels then take eigenvalues. */
  readonly isDiagonal: boolean;
  readonly #gpu: GpuDevice;
  readonly #options: RowSolveOptions;
  /** How short rows share a subgroup; null if each has one invocation. */
  readonly #lanes: ReturnType<typeof alsCgSubgroupLanes>;
  readonly #kernels = new Set<'exact' | 'workgroup' | 'short'>();
  #scratch: GPUBuffer | null = null;

  constructor(gpu: GpuDevice, options: RowSolveOptions) {
    const { solver, rowSolve, rankVectors, entryCount } = options;
    this.#gpu = gpu;
    this.isDiagonal = solver === 'auto' || solver === 'ew-pcg';
    this.#options = options;
    this.#lanes = this.isDiagonal && rowSolve !== 'invocation' ? alsCgSubgroupLanes(gpu, rankVectors) : null;
    const isShaped = rowSolve === 'auto' && !gpu.isSoftware;
    const longest = isShaped ? longRowEntries[this.#lanes ? 'subgroup' : 'invocation'] : Infinity;
    this.longRowEntries = rowSolve === 'workgroup' ? 0 : longest;
    this.splitRowEntries = longestUnsplitRow({ rowSolve, isSoftware: gpu.isSoftware, entryCount });
  }

  /** Prepares for `chunk`: notes the kernels it needs, splits its longest rows and reserves scratch. */
  reserve(chunk: TrainingChunk): SplitBatch[] {
    const { splitEnd, longEnd, rowCount } = chunk;
    if (longEnd > splitEnd) this.#kernels.add('workgroup');
    if (rowCount > longEnd) this.#kernels.add('short');
    if (splitEnd === 0 && !this.#isExact) return [];
    this.#kernels.add('exact');
    const rankVectors = this.#options.rankVectors;
    const mostParts = choleskyRowsPerBatch(this.#gpu, rankVectors);
    const splits = splitBatches(chunk, {
      partEntries: this.splitRowEntries,
      mostParts,
      buffers: this.#options.buffers,
    });
    const counts = splits.map((batch) => batch.rowCount + batch.furtherCount);
    // All chunks and batches share one scratch, since they run one after another.
    const byteLength = choleskyScratchByteLength(this.#gpu, {
      rowCount: Math.max(...counts, this.#isExact ? rowCount : 0),
      rankVectors,
    });
    if (this.#scratch && this.#scratch.size >= byteLength) return splits;
    if (this.#scratch) this.#options.buffers.free(this.#scratch);
    this.#scratch = this.#options.buffers.create('Cholesky scratch', byteLength);
    return splits;
  }

  /** Compiles the kernels that the reserved chunks need. */
  async compile(): Promise<void> {
    const { isDiagonal } = this;
    const { rankVectors, isPaged } = this.#options;
    await Promise.all(
      Array.from(this.#kernels, (kernel) => {
        if (kernel === 'exact' || this.#isExact) {
          return compileAlsCholesky(this.#gpu, { rankVectors, isPaged, isDiagonal });
        }
        if (kernel === 'workgroup') return alsCgWorkgroup.compile(this.#gpu, this.#workgroupOverrides);
        if (this.#lanes) return alsCgSubgroup.compile(this.#gpu, { ...this.#shortOverrides, ...this.#lanes });
        return alsCgInvocation.compile(this.#gpu, this.#shortOverrides);
      }),
    );
  }

  /** Encodes the dispatches of one chunk, longest rows first; submits whenever the clock says that a submit is full. */
  encode(call: RowSolveCall, submits: Submits): void {
    const { chunk, splits, buffers } = call;
    const { clock } = submits;
    for (const { rows, parts, rowCount, furtherCount, entryCount } of splits) {
      clock.pending += this.#work(rowCount, entryCount, true);
      this.#encodeExact(submits.commands, call, { rows, rowCount, further: { parts, count: furtherCount } });
      submits.cut();
    }
    const bins = [
      { kernel: 'workgroup', start: chunk.splitEnd, end: chunk.longEnd },
      { kernel: 'short', start: chunk.longEnd, end: chunk.rowCount },
    ] as const;
    for (const { kernel, start, end } of bins) {
      let first = start;
      for (let place = start; place < end; place++) {
        const at = rowEquationWords * place;
        clock.pending += this.#work(1, chunk.equations[at + 2]! - chunk.equations[at + 1]!);
        const mayCut = (place + 1) % listAlignment === 0 && clock.isFull;
        if (!mayCut && place + 1 < end) continue;
        const rowCount = place + 1 - first;
        const rows = {
          buffer: buffers.rows,
          offset: rowEquationByteLength * first,
          size: rowEquationByteLength * rowCount,
        };
        if (this.#isExact) this.#encodeExact(submits.commands, call, { rows, rowCount });
        else this.#encodeSteps(submits.commands, call, { kernel, rows, rowCount });
        submits.cut();
        first = place + 1;
      }
    }
  }

  get #isExact(): boolean {
    return this.#options.solver === 'cholesky';
  }

  #encodeExact(
    commands: CommandBatch,
    { buffers, fixed, pageRows, weightStride }: RowSolveCall,
    part: { readonly rows: BufferRange; readonly rowCount: number; readonly further?: FurtherParts },
  ): void {
    const { rows, rowCount, further } = part;
    encodeAlsCholesky(commands, {
      buffers: { ...buffers, rows, fixed_0: fixed[0]!, fixed_1: fixed.at(-1)!, scratch: this.#scratch! },
      rowCount,
      rankVectors: this.#options.rankVectors,
      alpha0: this.#options.alpha0,
      pageRows: this.#options.isPaged ? pageRows : undefined,
      weightStride,
      isDiagonal: this.isDiagonal,
      further,
    });
  }

  #encodeSteps(
    commands: CommandBatch,
    { buffers, fixed, pageRows, weightStride }: RowSolveCall,
    part: { readonly kernel: 'workgroup' | 'short'; readonly rows: BufferRange; readonly rowCount: number },
  ): void {
    const { kernel, rows, rowCount } = part;
    const call = {
      buffers: { ...buffers, rows, fixed_0: fixed[0]!, fixed_1: fixed.at(-1)! },
      params: {
        row_count: rowCount,
        page_rows: pageRows,
        alpha0: this.#options.alpha0,
        steps: this.#options.cgSteps,
        weight_stride: weightStride,
      },
    };
    if (kernel === 'workgroup') {
      alsCgWorkgroup.encode(commands, { ...call, overrides: this.#workgroupOverrides, workgroups: rowCount });
      return;
    }
    const overrides = this.#shortOverrides;
    const workgroupSize = overrides.workgroup_size;
    const lanes = this.#lanes;
    if (lanes) {
      const workgroups = alsCgSubgroupWorkgroups(rowCount, { ...lanes, workgroupSize });
      alsCgSubgroup.encode(commands, { ...call, overrides: { ...overrides, ...lanes }, workgroups });
    } else {
      const workgroups = alsCgInvocationWorkgroups(rowCount, workgroupSize);
      alsCgInvocation.encode(commands, { ...call, overrides, workgroups });
    }
  }

  /** The approximate number of multiply-adds of a set of rows. */
  #work(rowCount: number, entryCount: number, isExact = this.#isExact): number {
    const k = 4 * this.#options.rankVectors;
    if (isExact) return (entryCount * k ** 2) / 2 + rowCount * (k ** 3 / 6 + k ** 2);
    return (this.#options.cgSteps + 1) * (2 * entryCount * k + rowCount * (this.isDiagonal ? 8 * k : k ** 2));
  }

  /** Overrides of all conjugate gradient kernels. */
  get #commonOverrides() {
    return {
      rank_vectors: this.#options.rankVectors,
      is_paged: this.#options.isPaged,
      is_diagonal: this.isDiagonal,
      tolerance: this.#options.solver === 'auto' ? autoTolerance : 0,
    };
  }

  get #workgroupOverrides() {
    return { ...this.#commonOverrides, tile_entries: alsCgWorkgroupTile(this.#options.rankVectors) };
  }

  /** Overrides of the kernels for short rows; the one with subgroups also needs its lanes. */
  get #shortOverrides() {
    return { ...this.#commonOverrides, workgroup_size: this.#gpu.isSoftware ? 16 : 64 };
  }
}
