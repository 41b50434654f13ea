import { CsrMatrix } from './csr-matrix.ts';

/** The transpose of a matrix, again in CSR form. */
export function transposed(matrix: CsrMatrix): CsrMatrix {
  const { rowCount, columnCount, rowOffsets, columns, values } = matrix;
  const rows = new Uint32Array(columns.length);
  for (let row = 0; row < rowCount; row++) rows.fill(row, rowOffsets[row], rowOffsets[row + 1]);
  return CsrMatrix.fromTriplets({ rowCount: columnCount, columnCount: rowCount, rows: columns, columns: rows, values });
}
