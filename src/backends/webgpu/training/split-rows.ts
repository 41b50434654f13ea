import type { AlsProblem } from '../../backend.ts';
import type { BufferScope } from '../../../gpu/buffers.ts';
import { rowEquationWords, RowEquationList } from '../row-equation-list.ts';
import type { TrainingChunk } from './training-chunks.ts';

/**
 * Rows with more entries than this are split, into parts of about as many: one that is longer, and is that share of all
 * entries, would keep one workgroup busy when all others are done. An exact solve takes more arithmetic an entry than
 * CG, but can be cut anywhere.
 */
export function splitRowEntries(entryCount: number): number {
  return Math.max(8192, Math.ceil(entryCount / 512));
}

/** Rows that are solved at a time, each in parts. */
export interface SplitBatch {
  readonly rowCount: number;
  /** Of all its rows. */
  readonly entryCount: number;
  /** Parts beyond the first of each row. */
  readonly furtherCount: number;
  /** `RowEquation`s: the first parts, with λ, then the further ones. */
  readonly rows: GPUBuffer;
  /** By row: its first further part, and the end of them. */
  readonly parts: GPUBuffer;
}

/**
 * Cuts the rows of a chunk that are to be split into parts of about equal length, and puts them into batches.
 *
 * @param options.partEntries the longest part, unless a row would then have more than `mostParts`
 * @param options.mostParts of one batch
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
 * How many parts rows are split into on a GPU that is no software adapter; for a memory plan.
 *
 * @param longestPart default: as training cuts them
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
