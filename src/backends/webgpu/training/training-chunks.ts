import { GpuLimitError } from '../../../errors.ts';
import { type GpuLimits, largestBinding } from '../../../gpu/device.ts';
import type { RowEquations } from '../../backend.ts';
import type { FactorPages } from '../factor-pages.ts';
import { rowEquationByteLength, RowEquationList } from '../row-equation-list.ts';

/** Binding offsets are multiples of 256 bytes, so slices of a row list begin at multiples of 16 rows. */
export const listAlignment = 256 / rowEquationByteLength;

/** Rows of one side that share buffers: their entries fit one binding. */
export interface TrainingChunk {
  /** Page of the solved side; `row` in the equations counts from the page's first row. */
  readonly page: number;
  readonly rowCount: number;
  /** `RowEquation`s, longest first: rows to split up to `splitEnd`, long rows up to `longEnd`, then short rows. */
  readonly equations: Uint32Array<ArrayBuffer>;
  readonly splitEnd: number;
  readonly longEnd: number;
}

/** The entries of a chunk. */
export interface ChunkEntries {
  readonly columns: Uint32Array;
  /** Pairs (a, b) per entry; a single pair if all entries share it. */
  readonly weights: Float32Array;
}

/** How to cut one side's rows into chunks. */
export interface ChunkOptions {
  /** Layout of the side that is solved for. */
  readonly pages: FactorPages;
  readonly limits: GpuLimits;
  /** The row at each place of the solved side, longest first. */
  readonly order: Uint32Array;
  /** The place of each row of the other side. */
  readonly columnPlaces: Uint32Array;
  /** Rows with at least this many entries are long; Infinity: none, 0: all. */
  readonly longRowEntries: number;
  /** Rows with more entries than this are split. */
  readonly splitRowEntries: number;
}

/** Whether all entries share one (a, b). */
export function hasUniformWeights({ a, b }: Pick<RowEquations, 'a' | 'b'>): boolean {
  return a.every((weight) => weight === a[0]) && (b === a || b.every((weight) => weight === b[0]));
}

/**
 * Cuts rows, in `order`, into chunks that stay within one page of the solved side and whose arrays fit one binding
 * each. The entries of a chunk are copied only when the generator reaches it.
 *
 * @throws {GpuLimitError} one row alone has more entries than a binding holds
 */
export function* trainingChunks(
  equations: RowEquations,
  options: ChunkOptions,
): Generator<TrainingChunk & ChunkEntries, void, undefined> {
  const { rowOffsets, regularization, a, b } = equations;
  const { pages, order, columnPlaces, limits, longRowEntries, splitRowEntries } = options;
  const byteLength = largestBinding(limits);
  const mostRows = Math.max(1, Math.floor(byteLength / rowEquationByteLength));
  const shared = hasUniformWeights(equations);
  // Buffers are rounded up to 16 bytes.
  const mostEntries = Math.floor(byteLength / 16) * (16 / (shared ? 4 : 8));
  const entriesOf = (place: number): number => rowOffsets[order[place]! + 1]! - rowOffsets[order[place]!]!;
  for (let first = 0; first < order.length;) {
    const page = Math.floor(first / pages.pageRows);
    const last = Math.min(order.length, (page + 1) * pages.pageRows, first + mostRows);
    let end = first;
    let entryCount = 0;
    let splitCount = 0;
    let longCount = 0;
    while (end < last && entryCount + entriesOf(end) <= mostEntries) {
      const count = entriesOf(end++);
      entryCount += count;
      if (count > splitRowEntries) splitCount++;
      if (count >= longRowEntries) longCount++;
    }
    const rowCount = end - first;
    if (rowCount === 0) {
      throw new GpuLimitError(
        `Row ${order[first]} has ${entriesOf(first)} entries, this GPU's bindings hold ${mostEntries}. ` +
          "Use the cpu back end, or drop some of that row's entries.",
      );
    }
    const list = new RowEquationList(rowCount);
    const columns = new Uint32Array(entryCount);
    const weights = new Float32Array(2 * (shared ? 1 : entryCount));
    if (shared) weights.set([a[0] ?? 0, b[0] ?? 0]);
    let entry = 0;
    for (let place = first; place < end; place++) {
      const row = order[place]!;
      list.write(place - first, {
        row: place - page * pages.pageRows,
        firstEntry: entry,
        endEntry: entry + entriesOf(place),
        regularization: regularization[row]!,
      });
      for (let from = rowOffsets[row]!; from < rowOffsets[row + 1]!; from++) {
        if (!shared) {
          weights[2 * entry] = a[from]!;
          weights[2 * entry + 1] = b[from]!;
        }
        columns[entry++] = columnPlaces[equations.columns[from]!]!;
      }
    }
    // Lists end where a slice may begin, so a few shorter rows go to the kernel for longer ones, which solves them too.
    const aligned = (count: number): number => Math.min(rowCount, Math.ceil(count / listAlignment) * listAlignment);
    yield {
      page,
      rowCount,
      equations: list.words,
      splitEnd: aligned(splitCount),
      longEnd: aligned(Math.max(splitCount, longCount)),
      columns,
      weights,
    };
    first = end;
  }
}
