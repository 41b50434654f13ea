import type { BufferScope } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import type { GpuDevice } from '../../gpu/device.ts';
import { alsCgInvocation, alsCgInvocationWorkgroups } from '../../shaders/als-cg-invocation.ts';
import { alsCgSubgroup, alsCgSubgroupLanes, alsCgSubgroupWorkgroups } from '../../shaders/als-cg-subgroup.ts';
import { alsCgWorkgroup, alsCgWorkgroupTile } from '../../shaders/als-cg-workgroup.ts';
import { choleskyScratchByteLength, compileAlsCholesky, encodeAlsCholesky } from '../../shaders/als-cholesky.ts';
import type { SolverName } from '../backend.ts';
import type { FactorPages } from './factor-pages.ts';
import { rowEquationByteLength, rowEquationWords } from './row-equation-list.ts';
import { listAlignment, type TrainingChunk } from './training-chunks.ts';

/**
 * Which CG kernel solves which rows. `auto`: some lanes of a subgroup a row, and where there are no subgroups, or the
 * solver does not whiten, one invocation a row; on a GPU long rows have a workgroup each. `invocation`, `subgroup`,
 * `workgroup`: all rows that way as far as that can be. Cholesky has one shape.
 */
export const rowSolveShapes = ['auto', 'invocation', 'subgroup', 'workgroup'] as const;
export type RowSolveShape = (typeof rowSolveShapes)[number];

/** From this length on a row is worth a whole workgroup of a GPU, instead of one invocation or some lanes. */
const longRowEntries = { invocation: 16, subgroup: 512 };

/** `auto`: a row takes no more steps once rᵀ M⁻¹ r, which tells how far it may yet fall, is below this share. */
const autoTolerance = 0.1;

/** Multiply-adds of one submit: some milliseconds, so that the page's own drawing gets its turn in between. */
const workPerSubmit = (isSoftware: boolean): number => (isSoftware ? 5e7 : 5e8);

/** A run of rows that one dispatch solves. */
export interface RowSlice {
  readonly kernel: 'invocation' | 'subgroup' | 'workgroup' | 'cholesky';
  /** First place of the chunk's list, a multiple of 16. */
  readonly start: number;
  readonly count: number;
  /** Enough work for one submit has come together. */
  readonly endsSubmit: boolean;
}

/** The buffers of one chunk's row equations, as the kernels name them. */
export interface RowSolveBuffers {
  readonly rows: GPUBuffer;
  readonly columns: GPUBuffer;
  readonly weights: GPUBuffer;
  readonly gramian: GPUBuffer;
  readonly fixed_0: GPUBuffer;
  readonly fixed_1: GPUBuffer;
  readonly factors: GPUBuffer;
}

/** Solves row equations with the kernel that suits the solver, the device and the length of the row. */
export class RowSolvePass {
  /** Rows with at least this many entries belong in a chunk's long list. */
  readonly longRowEntries: number;
  /** Factors are to be turned into the eigenbasis of the fixed side's Gramian, and the kernels want its eigenvalues. */
  readonly isWhitened: boolean;
  readonly #gpu: GpuDevice;
  readonly #solver: SolverName;
  readonly #cgSteps: number;
  readonly #rankVectors: number;
  readonly #alpha0: number;
  readonly #buffers: BufferScope;
  /** How short rows share a subgroup; null: they do not. */
  readonly #lanes: ReturnType<typeof alsCgSubgroupLanes>;
  readonly #isPaged = new Set<boolean>();
  #scratch: GPUBuffer | null = null;
  #hasLong = false;
  #hasShort = false;

  constructor(
    gpu: GpuDevice,
    options: {
      readonly solver: SolverName;
      readonly cgSteps: number;
      readonly rowSolve: RowSolveShape;
      readonly rankVectors: number;
      readonly alpha0: number;
      readonly buffers: BufferScope;
    },
  ) {
    this.#gpu = gpu;
    this.#solver = options.solver;
    this.isWhitened = options.solver === 'auto' || options.solver === 'ew-pcg';
    this.#cgSteps = options.cgSteps;
    this.#rankVectors = options.rankVectors;
    this.#alpha0 = options.alpha0;
    this.#buffers = options.buffers;
    const { rowSolve, rankVectors } = options;
    this.#lanes = this.isWhitened && rowSolve !== 'invocation' ? alsCgSubgroupLanes(gpu, rankVectors) : null;
    const hasLong = rowSolve === 'auto' && !gpu.isSoftware;
    const longest = hasLong ? longRowEntries[this.#lanes ? 'subgroup' : 'invocation'] : Infinity;
    this.longRowEntries = rowSolve === 'workgroup' ? 0 : longest;
  }

  /** Announces chunks that will be solved against `fixedPages`: what to compile, and how much scratch. */
  reserve(chunks: readonly TrainingChunk[], fixedPages: FactorPages): void {
    this.#isPaged.add(fixedPages.pageCount > 1);
    this.#hasLong ||= chunks.some(({ longCount }) => longCount > 0);
    this.#hasShort ||= chunks.some(({ shortCount }) => shortCount > 0);
    if (this.#solver !== 'cholesky') return;
    const rowCount = Math.max(1, ...chunks.map(({ longCount, shortCount }) => Math.max(longCount, shortCount)));
    const byteLength = choleskyScratchByteLength(this.#gpu, { rowCount, rankVectors: this.#rankVectors });
    if (this.#scratch && this.#scratch.size >= byteLength) return;
    if (this.#scratch) this.#buffers.free(this.#scratch);
    this.#scratch = this.#buffers.create('Cholesky scratch', byteLength);
  }

  /** Compiles the kernels for what was reserved. */
  async compile(): Promise<void> {
    await Promise.all(
      [...this.#isPaged].map(async (isPaged) => {
        if (this.#solver === 'cholesky') {
          await compileAlsCholesky(this.#gpu, { rankVectors: this.#rankVectors, isPaged });
          return;
        }
        await Promise.all([
          this.#hasShort ? this.#compileShort(isPaged) : undefined,
          this.#hasLong ? alsCgWorkgroup.compile(this.#gpu, this.#overrides(isPaged)) : undefined,
        ]);
      }),
    );
  }

  #compileShort(isPaged: boolean): Promise<void> {
    const overrides = this.#overrides(isPaged);
    if (this.#lanes) return alsCgSubgroup.compile(this.#gpu, { ...overrides, ...this.#lanes });
    return alsCgInvocation.compile(this.#gpu, overrides);
  }

  /** The dispatches of one chunk, longest rows first. */
  *slices(chunk: TrainingChunk): Generator<RowSlice, void, undefined> {
    const most = workPerSubmit(this.#gpu.isSoftware);
    const isCg = this.#solver !== 'cholesky';
    const lists = [
      { kernel: isCg ? 'workgroup' : 'cholesky', start: 0, count: chunk.longCount },
      {
        kernel: isCg ? (this.#lanes ? 'subgroup' : 'invocation') : 'cholesky',
        start: chunk.shortStart,
        count: chunk.shortCount,
      },
    ] as const;
    let work = 0;
    for (const { kernel, start, count } of lists) {
      let sliceStart = start;
      for (let place = start; place < start + count; place++) {
        work += this.#rowWork(chunk, place);
        const isAligned = (place + 1) % listAlignment === 0;
        if (!(isAligned && work >= most) && place + 1 < start + count) continue;
        const endsSubmit = work >= most;
        yield { kernel, start: sliceStart, count: place + 1 - sliceStart, endsSubmit };
        sliceStart = place + 1;
        if (endsSubmit) work = 0;
      }
    }
  }

  encode(
    commands: CommandBatch,
    call: { readonly slice: RowSlice; readonly buffers: RowSolveBuffers; readonly fixedPages: FactorPages },
  ): void {
    const { slice, fixedPages } = call;
    const rowCount = slice.count;
    const isPaged = fixedPages.pageCount > 1;
    const rows = {
      buffer: call.buffers.rows,
      offset: rowEquationByteLength * slice.start,
      size: rowEquationByteLength * rowCount,
    };
    const buffers = { ...call.buffers, rows };
    const params = {
      row_count: rowCount,
      page_rows: fixedPages.pageRows,
      alpha0: this.#alpha0,
      steps: this.#cgSteps,
    };
    if (slice.kernel === 'cholesky') {
      encodeAlsCholesky(commands, {
        buffers: { ...buffers, scratch: this.#scratch! },
        rowCount,
        rankVectors: this.#rankVectors,
        alpha0: this.#alpha0,
        pageRows: isPaged ? fixedPages.pageRows : undefined,
      });
      return;
    }
    const overrides = this.#overrides(isPaged);
    const dispatch = { buffers, params, overrides };
    const workgroupSize = overrides.workgroup_size;
    if (slice.kernel === 'workgroup') alsCgWorkgroup.encode(commands, { ...dispatch, workgroups: rowCount });
    else if (slice.kernel === 'subgroup') {
      const lanes = this.#lanes!;
      const workgroups = alsCgSubgroupWorkgroups(rowCount, { ...lanes, workgroupSize });
      alsCgSubgroup.encode(commands, { ...dispatch, overrides: { ...overrides, ...lanes }, workgroups });
    } else {
      const workgroups = alsCgInvocationWorkgroups(rowCount, workgroupSize);
      alsCgInvocation.encode(commands, { ...dispatch, workgroups });
    }
  }

  /** About how many multiply-adds the row at `place` of a chunk's list takes. */
  #rowWork({ equations }: TrainingChunk, place: number): number {
    const rank = 4 * this.#rankVectors;
    const at = rowEquationWords * place;
    const entryCount = equations[at + 2]! - equations[at + 1]!;
    if (this.#solver === 'cholesky') return (entryCount * rank ** 2) / 2 + rank ** 3 / 6 + rank ** 2;
    return (this.#cgSteps + 1) * (2 * entryCount * rank + (this.isWhitened ? 8 * rank : rank ** 2));
  }

  /** Of all conjugate gradient kernels. */
  #overrides(isPaged: boolean) {
    return {
      rank_vectors: this.#rankVectors,
      is_paged: isPaged ? 1 : 0,
      workgroup_size: this.#gpu.isSoftware ? 16 : 64,
      is_whitened: this.isWhitened ? 1 : 0,
      tolerance: this.#solver === 'auto' ? autoTolerance : 0,
      tile_entries: alsCgWorkgroupTile(this.#rankVectors),
    };
  }
}
