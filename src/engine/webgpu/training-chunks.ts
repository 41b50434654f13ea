import { GpuLimitError } from '../../errors.ts';
import { type GpuLimits, largestBinding } from '../../gpu/device.ts';
import type { RowEquations } from '../backend.ts';
import type { FactorPages } from './factor-pages.ts';
import { rowEquationByteLength, rowEquationWords, type RowEquation, RowEquationList } from './row-equation-list.ts';

/** Bindings begin at multiples of 256 bytes, so slices of a row list begin at multiples of 16 rows. */
export const listAlignment = 256 / rowEquationByteLength;

/** Bytes of (a, b), the largest array of an entry. */
const weightByteLength = 8;

/** Entries that one invocation of the loss kernel sums: keeps float32 sums short, and long rows spread out. */
export const lossSegmentEntries = 512;

/** Rows of one side that are solved with the same buffers: their entries fit one binding. */
export interface TrainingChunk {
  /** Page of the solved side; `row` of the equations counts from the page's first row. */
  readonly page: number;
  /** The chunk's part of the entries; entries of the equations count from `firstEntry`. */
  readonly firstEntry: number;
  readonly endEntry: number;
  /** `RowEquation`s: long rows from 0, short ones from `shortStart`, longest first. */
  readonly equations: Uint32Array<ArrayBuffer>;
  readonly longCount: number;
  readonly shortStart: number;
  readonly shortCount: number;
}

/** How to cut one side's rows into chunks. */
export interface ChunkOptions {
  /** Layout of the side that is solved for. */
  readonly pages: FactorPages;
  readonly limits: GpuLimits;
  /** Rows with at least this many entries are long; Infinity for none, 0 for all. */
  readonly longRowEntries: number;
}

/**
 * Cuts rows, in order, into chunks that stay within one page of the solved side and whose arrays fit one binding;
 * within a chunk the rows are sorted by length, so that neighbouring invocations finish together.
 *
 * @throws {GpuLimitError} one row alone has more entries than a binding holds
 */
export function trainingChunks(equations: RowEquations, options: ChunkOptions): TrainingChunk[] {
  const { pages, longRowEntries } = options;
  const { mostEntries, mostRows } = chunkLimits(options.limits);
  const { rowCount, rowOffsets } = equations;
  const chunks: TrainingChunk[] = [];
  for (let firstRow = 0; firstRow < rowCount;) {
    const page = Math.floor(firstRow / pages.pageRows);
    const lastRow = Math.min(rowCount, (page + 1) * pages.pageRows, firstRow + mostRows);
    const firstEntry = rowOffsets[firstRow]!;
    let endRow = firstRow;
    while (endRow < lastRow && rowOffsets[endRow + 1]! - firstEntry <= mostEntries) endRow++;
    if (endRow === firstRow) {
      throw new GpuLimitError(
        `Row ${firstRow} has ${rowOffsets[firstRow + 1]! - firstEntry} entries, this GPU's bindings hold ` +
          `${mostEntries}. Use the cpu back end, or drop some of that row's entries.`,
      );
    }
    chunks.push(chunkOf(equations, { page, pageRows: pages.pageRows, firstRow, endRow, longRowEntries }));
    firstRow = endRow;
  }
  return chunks;
}

function chunkLimits(limits: GpuLimits): { mostEntries: number; mostRows: number } {
  const byteLength = largestBinding(limits);
  return {
    // Buffers are rounded up to 16 bytes.
    mostEntries: Math.floor(byteLength / 16) * (16 / weightByteLength),
    // Half of what fits: the loss kernel's list has more places, one for every 512 entries of a row.
    mostRows: Math.max(1, Math.floor(byteLength / rowEquationByteLength / 2) - listAlignment),
  };
}

function chunkOf(
  { rowOffsets, regularization }: RowEquations,
  range: { page: number; pageRows: number; firstRow: number; endRow: number; longRowEntries: number },
): TrainingChunk {
  const { page, pageRows, firstRow, endRow, longRowEntries } = range;
  const entryCount = (row: number): number => rowOffsets[row + 1]! - rowOffsets[row]!;
  const order = Uint32Array.from({ length: endRow - firstRow }, (_, index) => firstRow + index);
  order.sort((left, right) => entryCount(right) - entryCount(left) || left - right);
  let longCount = 0;
  while (longCount < order.length && entryCount(order[longCount]!) >= longRowEntries) longCount++;
  const shortCount = order.length - longCount;
  const shortStart = shortCount === 0 ? longCount : Math.ceil(longCount / listAlignment) * listAlignment;

  const firstEntry = rowOffsets[firstRow]!;
  const list = new RowEquationList(shortStart + shortCount);
  for (const [place, row] of order.entries()) {
    list.write(place < longCount ? place : shortStart + place - longCount, {
      row: row - page * pageRows,
      firstEntry: rowOffsets[row]! - firstEntry,
      endEntry: rowOffsets[row + 1]! - firstEntry,
      regularization: regularization[row]!,
    });
  }
  return {
    page,
    firstEntry,
    endEntry: rowOffsets[endRow]!,
    equations: list.words,
    longCount,
    shortStart,
    shortCount,
  };
}

/**
 * The row list of the loss kernel for one chunk: rows in segments of up to 512 entries, λ in a row's first segment.
 * Without `withEntries` only the λ terms are left: the objective counts each entry on one side.
 */
export function lossEquations(chunk: TrainingChunk, withEntries: boolean): Uint32Array<ArrayBuffer> {
  const regularizations = new Float32Array(chunk.equations.buffer);
  const segments: RowEquation[] = [];
  for (let place = 0; place < chunk.shortStart + chunk.shortCount; place++) {
    if (place >= chunk.longCount && place < chunk.shortStart) continue;
    const at = rowEquationWords * place;
    const row = chunk.equations[at]!;
    const start = chunk.equations[at + 1]!;
    const end = chunk.equations[at + 2]!;
    const regularization = regularizations[at + 3]!;
    if (!withEntries || start === end) {
      segments.push({ row, firstEntry: 0, endEntry: 0, regularization });
      continue;
    }
    for (let firstEntry = start; firstEntry < end; firstEntry += lossSegmentEntries) {
      const endEntry = Math.min(end, firstEntry + lossSegmentEntries);
      segments.push({ row, firstEntry, endEntry, regularization: firstEntry === start ? regularization : 0 });
    }
  }
  const list = new RowEquationList(segments.length);
  for (const [place, segment] of segments.entries()) list.write(place, segment);
  return list.words;
}
