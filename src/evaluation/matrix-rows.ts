import { CsrMatrix } from '../data/csr-matrix.ts';

/** The given rows of a matrix, in the given order, without the entries that `keep` refuses (it hears the entry's place). */
export function selectRows(
  matrix: CsrMatrix,
  rows: ArrayLike<number>,
  keep: (entry: number) => boolean = () => true,
): CsrMatrix {
  const rowOffsets = new Uint32Array(rows.length + 1);
  let room = 0;
  for (let place = 0; place < rows.length; place++) {
    room += matrix.rowOffsets[rows[place]! + 1]! - matrix.rowOffsets[rows[place]!]!;
  }
  const columns = new Uint32Array(room);
  const values = new Float32Array(room);
  let kept = 0;
  for (let place = 0; place < rows.length; place++) {
    const end = matrix.rowOffsets[rows[place]! + 1]!;
    for (let entry = matrix.rowOffsets[rows[place]!]!; entry < end; entry++) {
      if (!keep(entry)) continue;
      columns[kept] = matrix.columns[entry]!;
      values[kept] = matrix.values[entry]!;
      kept++;
    }
    rowOffsets[place + 1] = kept;
  }
  return new CsrMatrix(
    rows.length,
    matrix.columnCount,
    rowOffsets,
    kept === room ? columns : columns.slice(0, kept),
    kept === room ? values : values.slice(0, kept),
  );
}

/** Rows `first … end` as a matrix that shares the columns and values. */
export function rowRange(matrix: CsrMatrix, first: number, end: number): CsrMatrix {
  const from = matrix.rowOffsets[first]!;
  const to = matrix.rowOffsets[end]!;
  return new CsrMatrix(
    end - first,
    matrix.columnCount,
    matrix.rowOffsets.slice(first, end + 1).map((offset) => offset - from),
    matrix.columns.subarray(from, to),
    matrix.values.subarray(from, to),
  );
}

/** By entry of `matrix`: 1 where `other`, of the same shape, has the cell too. */
export function cellsShared(matrix: CsrMatrix, other: CsrMatrix): Uint8Array {
  const shared = new Uint8Array(matrix.nonZeroCount);
  for (let row = 0; row < matrix.rowCount; row++) {
    let at = other.rowOffsets[row]!;
    const otherEnd = other.rowOffsets[row + 1]!;
    for (let entry = matrix.rowOffsets[row]!; entry < matrix.rowOffsets[row + 1]!; entry++) {
      while (at < otherEnd && other.columns[at]! < matrix.columns[entry]!) at++;
      if (at < otherEnd && other.columns[at] === matrix.columns[entry]) shared[entry] = 1;
    }
  }
  return shared;
}
