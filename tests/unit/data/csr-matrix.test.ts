import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidDataError } from '../../../src/errors.ts';
import { CsrMatrix } from '../../../src/data/csr-matrix.ts';
import { transposed } from '../../../src/data/transposed.ts';

function dense(matrix: CsrMatrix): number[][] {
  const cells = Array.from({ length: matrix.rowCount }, () => Array.from({ length: matrix.columnCount }, () => 0));
  for (let row = 0; row < matrix.rowCount; row++) {
    for (let entry = matrix.rowOffsets[row]!; entry < matrix.rowOffsets[row + 1]!; entry++) {
      cells[row]![matrix.columns[entry]!] = matrix.values[entry]!;
    }
  }
  return cells;
}

const triplets = fc.integer({ min: 0, max: 9 }).chain((rowCount) =>
  fc.integer({ min: 0, max: 9 }).chain((columnCount) =>
    fc
      .array(
        fc.record({
          row: fc.nat(Math.max(rowCount - 1, 0)),
          column: fc.nat(Math.max(columnCount - 1, 0)),
          value: fc.integer({ min: 1, max: 100 }),
        }),
        { maxLength: rowCount && columnCount ? 60 : 0 },
      )
      .map((entries) => ({ rowCount, columnCount, entries })),
  ),
);

function build({
  rowCount,
  columnCount,
  entries,
}: {
  rowCount: number;
  columnCount: number;
  entries: { row: number; column: number; value: number }[];
}) {
  return CsrMatrix.fromTriplets({
    rowCount,
    columnCount,
    rows: Uint32Array.from(entries, (entry) => entry.row),
    columns: Uint32Array.from(entries, (entry) => entry.column),
    values: Float32Array.from(entries, (entry) => entry.value),
  });
}

test('holds what a dense matrix filled in the same order holds, the later of two entries winning', () => {
  fc.assert(
    fc.property(triplets, (input) => {
      const expected = Array.from({ length: input.rowCount }, () => Array.from({ length: input.columnCount }, () => 0));
      for (const { row, column, value } of input.entries) expected[row]![column] = value;
      const matrix = build(input);
      expect(dense(matrix)).toEqual(expected);
      for (let row = 0; row < matrix.rowCount; row++) {
        const columns = [...matrix.columns.subarray(matrix.rowOffsets[row], matrix.rowOffsets[row + 1])];
        expect(columns).toEqual([...new Set(columns)].sort((left, right) => left - right));
      }
    }),
  );
});

test('transposing twice gives the matrix back, once gives its mirror image', () => {
  fc.assert(
    fc.property(triplets, (input) => {
      const matrix = build(input);
      const mirrored = transposed(matrix);
      expect(dense(transposed(mirrored))).toEqual(dense(matrix));
      for (const [row, cells] of dense(matrix).entries()) {
        for (const [column, value] of cells.entries()) expect(dense(mirrored)[column]![row]).toBe(value);
      }
    }),
  );
});

test.each([
  ['a row outside', { rows: [2], columns: [0], values: [1] }, 'row 2, column 0'],
  ['a column outside', { rows: [0], columns: [3], values: [1] }, 'row 0, column 3'],
  ['NaN', { rows: [0], columns: [0], values: [Number.NaN] }, 'got NaN'],
  ['unequal lengths', { rows: [0, 1], columns: [0], values: [1] }, 'got 2, 1 and 1'],
])('refuses %s, naming it', (_, { rows, columns, values }, words) => {
  const attempt = () =>
    CsrMatrix.fromTriplets({
      rowCount: 2,
      columnCount: 3,
      rows: Uint32Array.from(rows),
      columns: Uint32Array.from(columns),
      values: Float32Array.from(values),
    });
  expect(attempt).toThrow(InvalidDataError);
  expect(attempt).toThrow(words);
});

test('one row more, with entries or none, leaves the others as they are', () => {
  const matrix = CsrMatrix.fromTriplets({
    rowCount: 2,
    columnCount: 3,
    rows: Uint32Array.of(0, 1, 1),
    columns: Uint32Array.of(1, 0, 2),
    values: Float32Array.of(5, 6, 7),
  });
  const more = matrix.withRow([0, 2], [8, 9]);
  expect([more.rowCount, more.columnCount, more.nonZeroCount]).toEqual([3, 3, 5]);
  expect(more.rowOffsets).toEqual(Uint32Array.of(0, 1, 3, 5));
  expect(more.columns).toEqual(Uint32Array.of(1, 0, 2, 0, 2));
  expect(more.values).toEqual(Float32Array.of(5, 6, 7, 8, 9));
  expect(matrix.withRow([], []).rowOffsets).toEqual(Uint32Array.of(0, 1, 3, 3));
  expect(matrix.nonZeroCount).toBe(3);
});
