import type { BufferRange } from '../../../gpu/buffers.ts';
import type { CommandBatch } from '../../../gpu/command-batch.ts';
import type { GpuDevice } from '../../../gpu/device.ts';
import {
  choleskyScratchByteLength,
  compileAlsCholesky,
  encodeAlsCholesky,
} from '../../../shaders/solve/als-cholesky.ts';
import { encodeGatherRows } from '../../../shaders/rows/gather-rows.ts';
import type { TablePage } from '../../../shaders/rows/table-page.ts';
import type { RowEquations } from '../../backend.ts';
import { type RowChunk, rowChunks } from './row-chunks.ts';
import { interleavedWeights, RowEquationList } from '../row-equation-list.ts';
import type { Workspace, WorkspaceRange } from './workspace.ts';

/** The fixed side of a fold-in: the item factors and their Gramian. */
export interface FoldInTable {
  readonly pages: readonly TablePage[];
  readonly rankVectors: number;
  /** `4 rankVectors × 4 rankVectors` numbers. */
  readonly gramian: BufferRange;
  readonly unobservedWeight: number;
}

/** Exact fold-in of many rows against one item table. */
export class FoldInEncoder {
  readonly #gpu: GpuDevice;
  readonly #workspace: Workspace;
  readonly #table: FoldInTable;

  constructor(gpu: GpuDevice, workspace: Workspace, table: FoldInTable) {
    this.#gpu = gpu;
    this.#workspace = workspace;
    this.#table = table;
  }

  compile(): Promise<void> {
    return compileAlsCholesky(this.#gpu, { rankVectors: this.#table.rankVectors });
  }

  /**
   * Cuts the rows into chunks for one submit each: at most `mostRows` rows, and at most `mostBytes` bytes per array.
   */
  chunks(equations: RowEquations, bounds: { mostBytes: number; mostRows: number }): Generator<RowChunk> {
    const { mostBytes, mostRows } = bounds;
    const { rankVectors } = this.#table;
    const bytesAnEntry = this.#isPaged ? Math.max(8, 16 * rankVectors) : 8;
    return rowChunks(equations.rowCount, {
      mostRows: Math.min(mostRows, mostBytes / (16 * rankVectors)),
      offsets: equations.rowOffsets,
      mostEntries: mostBytes / bytesAnEntry,
    });
  }

  /** Encodes the solve of a chunk; returns the range of the result, `rows × rankVectors` vec4 in the chunk's order. */
  encode(commands: CommandBatch, equations: RowEquations, { first, end }: RowChunk): WorkspaceRange {
    const { rankVectors, gramian, unobservedWeight } = this.#table;
    const { rowOffsets, regularization } = equations;
    const rowCount = end - first;
    const firstEntry = rowOffsets[first]!;
    const endEntry = rowOffsets[end]!;
    const rows = new RowEquationList(rowCount);
    for (let row = 0; row < rowCount; row++) {
      rows.write(row, {
        row,
        firstEntry: rowOffsets[first + row]! - firstEntry,
        endEntry: rowOffsets[first + row + 1]! - firstEntry,
        regularization: regularization[first + row]!,
      });
    }
    const fixed = this.#encodeFixed(commands, equations.columns.subarray(firstEntry, endEntry));
    const solved = this.#workspace.reserve('folded-in rows', 16 * rankVectors * rowCount);
    const scratchByteLength = choleskyScratchByteLength(this.#gpu, { rowCount, rankVectors });
    encodeAlsCholesky(commands, {
      buffers: {
        rows: this.#workspace.upload('equations', rows.words),
        columns: fixed.columns,
        weights: this.#workspace.upload('weights', interleavedWeights(equations, { firstEntry, endEntry })),
        gramian,
        fixed_0: fixed.factors,
        fixed_1: fixed.factors,
        factors: solved,
        scratch: this.#workspace.reserve('systems', scratchByteLength),
      },
      rowCount,
      rankVectors,
      alpha0: unobservedWeight,
    });
    return solved;
  }

  get #isPaged(): boolean {
    return this.#table.pages.length > 1;
  }

  /**
   * Provides the factors of the entries in one binding: the table itself or, if it is paged, a copy of the rows in use.
   */
  #encodeFixed(commands: CommandBatch, columns: Uint32Array): { columns: BufferRange; factors: BufferRange } {
    const { pages, rankVectors } = this.#table;
    if (!this.#isPaged) return { columns: this.#workspace.upload('columns', columns), factors: pages[0]!.buffer };
    const rowCount = columns.length;
    const factors = this.#workspace.reserve('factors in use', 16 * rankVectors * rowCount);
    encodeGatherRows(commands, {
      rows: this.#workspace.upload('rows in use', columns),
      rowCount,
      rankVectors,
      pages,
      output: factors,
    });
    const places = Uint32Array.from({ length: rowCount }, (_, place) => place);
    return { columns: this.#workspace.upload('columns', places), factors };
  }
}
