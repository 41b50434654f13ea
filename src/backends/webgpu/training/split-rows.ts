import type { AlsProblem } from '../../backend.ts';
import type { BufferScope } from '../../../gpu/buffers.ts';
import { rowEquationWords, RowEquationList } from '../row-equation-list.ts';
import type { TrainingChunk } from './training-chunks.ts';

/**
 * Rows with more entries than this are split into parts of at most this length. A longer row, with such a share of all
 * entries, would keep one workgroup busy after all others are done. Split rows are solved exactly: that takes more
 * arithmetic per entry than CG, but can be split anywhere.
 */
export function splitRowEntries(entryCount: number): number {
  return Math.max(8192, Math.ceil(entryCount / 512));
}

/** Split rows that are solved together. */
export interface SplitBatch {
  readonly rowCount: number;
  /** Entries of all its rows. */
  readonly entryCount: number;
  /** Parts after the first one of each row. */
  readonly furtherCount: number;
  /** `RowEquation`s: the first part of each row, with λ, then all further parts, without. */
  readonly rows: GPUBuffer;
  /** Per row: its first further part, and the end of them. */
  readonly parts: GPUBuffer;
}

/**
 * Splits the first `splitEnd` rows of a chunk into parts of about equal length, and groups the rows into batches.
 *
 * @param options.partEntries the most entries of a part, unless a row would then have more than `mostParts` parts
 * @param options.mostParts the most parts of a batch
 */
export function splitBatches(
  { equations, splitEnd }: TrainingChunk,
  options: { readonly partEntries: number; readonly mostParts: number; readonly buffers: BufferScope },
): SplitBatch[] {
  const { partEntries, mostParts, buffers } = options;
  const regularizations = new Float32Array(equations.buffer);
  const partCounts = Array.from({ length: splitEnd }, (_, place) => {
    const at = rowEquationWords * place;
    const parts = Math.ceil((equations[at + 2]! - equations[at + 1]!) / partEntries);
    return Math.min(mostParts, Math.max(1, parts));
  });
  const batches: SplitBatch[] = [];
  for (let first = 0; first < splitEnd;) {
    let end = first;
    let partCount = 0;
    while (end < splitEnd && partCount + partCounts[end]! <= mostParts) partCount += partCounts[end++]!;
    const rowCount = end - first;
    const list = new RowEquationList(partCount);
    const ranges = new Uint32Array(2 * rowCount);
    let further = rowCount;
    let entryCount = 0;
    for (let place = first; place < end; place++) {
      const at = rowEquationWords * place;
      const row = equations[at]!;
      const start = equations[at + 1]!;
      const length = equations[at + 2]! - start;
      const count = partCounts[place]!;
      entryCount += length;
      ranges[2 * (place - first)] = further;
      for (let part = 0; part < count; part++) {
        list.write(part === 0 ? place - first : further++, {
          row,
          firstEntry: start + Math.floor((length * part) / count),
          endEntry: start + Math.floor((length * (part + 1)) / count),
          regularization: part === 0 ? regularizations[at + 3]! : 0,
        });
      }
      ranges[2 * (place - first) + 1] = further;
    }
    batches.push({
      rowCount,
      entryCount,
      furtherCount: partCount - rowCount,
      rows: buffers.upload('parts of rows', list.words),
      parts: buffers.upload('further parts', ranges),
    });
    first = end;
  }
  return batches;
}

/**
 * The number of parts of all split rows, for a memory plan.
 *
 * @param longestPart the longest part; default: as training on a hardware GPU splits rows
 */
export function splitPartCount(
  { users, items }: Pick<AlsProblem, 'users' | 'items'>,
  longestPart = splitRowEntries(users.columns.length),
): number {
  let count = 0;
  for (const { rowCount, rowOffsets } of [users, items]) {
    for (let row = 0; row < rowCount; row++) {
      const entryCount = rowOffsets[row + 1]! - rowOffsets[row]!;
      if (entryCount > longestPart) count += Math.ceil(entryCount / longestPart);
    }
  }
  return count;
}
