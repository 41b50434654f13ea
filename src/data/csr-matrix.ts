import { InvalidDataError } from '../errors.ts';

/** A sparse matrix as coordinates: entry `n` is `values[n]` at (`rows[n]`, `columns[n]`). */
export interface Triplets {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly rows: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float32Array;
}

/**
 * A sparse matrix in compressed sparse row form. The entries of row `r` are at `rowOffsets[r] … rowOffsets[r + 1]`. The
 * columns of a row ascend, and each occurs once.
 */
export class CsrMatrix {
  constructor(
    readonly rowCount: number,
    readonly columnCount: number,
    /** `rowCount + 1` offsets into `columns` and `values`. */
    readonly rowOffsets: Uint32Array,
    readonly columns: Uint32Array,
    readonly values: Float32Array,
  ) {}

  get nonZeroCount(): number {
    return this.columns.length;
  }

  /**
   * Builds the matrix by two stable counting sorts (by column, then by row): O(entries + rows + columns). If a
   * coordinate occurs twice, the later entry counts.
   *
   * @throws {InvalidDataError} a coordinate is outside the shape, a value is not finite, or the arrays differ in length
   */
  static fromTriplets(triplets: Triplets): CsrMatrix {
    const { rowCount, columnCount, rows, columns, values } = triplets;
    if (rows.length !== columns.length || rows.length !== values.length) {
      throw new InvalidDataError(
        `rows, columns and values must have one length, got ${rows.length}, ${columns.length} and ${values.length}.`,
      );
    }
    for (let entry = 0; entry < rows.length; entry++) {
      if (rows[entry]! >= rowCount || columns[entry]! >= columnCount) {
        throw new InvalidDataError(
          `Entry ${entry} is at row ${rows[entry]}, column ${columns[entry]}, outside ${rowCount} × ${columnCount}.`,
        );
      }
      if (!Number.isFinite(values[entry])) {
        throw new InvalidDataError(`Entry ${entry} must be a finite number, got ${values[entry]}.`);
      }
    }
    const byColumn = orderByKey(columns, columnCount);
    const { order } = orderByKey(rows, rowCount, byColumn.order);

    const rowOffsets = new Uint32Array(rowCount + 1);
    const sortedColumns = new Uint32Array(rows.length);
    const sortedValues = new Float32Array(rows.length);
    let kept = 0;
    let previousRow = -1;
    let previousColumn = -1;
    for (const entry of order) {
      const row = rows[entry]!;
      const column = columns[entry]!;
      if (row === previousRow && column === previousColumn) kept--;
      sortedColumns[kept] = column;
      sortedValues[kept] = values[entry]!;
      kept++;
      rowOffsets[row + 1] = kept;
      previousRow = row;
      previousColumn = column;
    }
    for (let row = 0; row < rowCount; row++) {
      rowOffsets[row + 1] = Math.max(rowOffsets[row + 1]!, rowOffsets[row]!);
    }
    return new CsrMatrix(rowCount, columnCount, rowOffsets, sortedColumns.slice(0, kept), sortedValues.slice(0, kept));
  }

  /** A copy of this matrix with one more row at the end; `columns` must ascend. */
  withRow(columns: readonly number[], values: readonly number[]): CsrMatrix {
    return new CsrMatrix(
      this.rowCount + 1,
      this.columnCount,
      joined(this.rowOffsets, [this.nonZeroCount + columns.length]),
      joined(this.columns, columns),
      joined(this.values, values),
    );
  }
}

function joined<Numbers extends Uint32Array | Float32Array>(first: Numbers, more: readonly number[]): Numbers {
  const all = new (first.constructor as new (length: number) => Numbers)(first.length + more.length);
  all.set(first);
  all.set(more, first.length);
  return all;
}

/**
 * Sorts entries by key. The sort is stable: entries with equal keys keep their order, which is `given`, or by default
 * their numbers.
 *
 * @returns the sorted `order`, and in `offsets` (`keyCount + 1` numbers) where the entries of each key begin
 */
export function orderByKey(
  keys: Uint32Array,
  keyCount: number,
  given?: Uint32Array,
): { readonly order: Uint32Array; readonly offsets: Uint32Array } {
  const offsets = new Uint32Array(keyCount + 1);
  for (const key of keys) offsets[key + 1]!++;
  for (let key = 0; key < keyCount; key++) offsets[key + 1]! += offsets[key]!;
  const next = offsets.slice();
  const order = new Uint32Array(keys.length);
  for (const entry of given ?? keys.keys()) order[next[keys[entry]!]!++] = entry;
  return { order, offsets };
}
