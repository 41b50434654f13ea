import { expect, test } from 'vitest';
import type { RowEquations } from '../../../../src/backends/backend.ts';
import { factorPages } from '../../../../src/backends/webgpu/factor-pages.ts';
import { degreeOrder, placesIn } from '../../../../src/backends/webgpu/training/degree-order.ts';
import {
  type ChunkEntries,
  type TrainingChunk,
  trainingChunks,
} from '../../../../src/backends/webgpu/training/training-chunks.ts';
import { GpuLimitError } from '../../../../src/errors.ts';

const wide = {
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxComputeWorkgroupsPerDimension: 65_535,
};

/** Rows of the given degrees; λ of row r is r + ½. */
function equationsOf(degrees: readonly number[]): RowEquations {
  const rowOffsets = Uint32Array.from([0, ...degrees]);
  for (let row = 1; row < rowOffsets.length; row++) rowOffsets[row]! += rowOffsets[row - 1]!;
  const entryCount = rowOffsets.at(-1)!;
  return {
    rowCount: degrees.length,
    columnCount: 1,
    rowOffsets,
    columns: new Uint32Array(entryCount),
    a: new Float32Array(entryCount),
    b: new Float32Array(entryCount),
    regularization: Float32Array.from(degrees, (_, row) => row + 0.5),
  };
}

function chunksOf(
  degrees: readonly number[],
  options: { limits?: typeof wide; longRowEntries?: number; splitRowEntries?: number } = {},
  equations = equationsOf(degrees),
): (TrainingChunk & ChunkEntries)[] {
  const { limits = wide, longRowEntries = Infinity, splitRowEntries = Infinity } = options;
  const pages = factorPages('user', { rowCount: degrees.length, rankVectors: 1, limits });
  const order = degreeOrder(equations);
  const columnPlaces = Uint32Array.from(
    { length: equations.columnCount },
    (_, column) => equations.columnCount - 1 - column,
  );
  return [...trainingChunks(equations, { pages, limits, order, columnPlaces, longRowEntries, splitRowEntries })];
}

/** [row, first entry, end entry, λ] by place. */
function listOf(words: Uint32Array<ArrayBuffer>): number[][] {
  const floats = new Float32Array(words.buffer);
  return Array.from({ length: words.length / 4 }, (_, place) => [
    ...words.subarray(4 * place, 4 * place + 3),
    floats[4 * place + 3]!,
  ]);
}

test('rows are numbered by length, longest first, equal ones in order', () => {
  const equations = equationsOf([1, 0, 3, 1]);
  const order = degreeOrder(equations);
  expect([...order]).toEqual([2, 0, 3, 1]);
  expect([...placesIn(order)]).toEqual([1, 3, 0, 2]);
});

test('a list of rows by place, with their entries in that order, and columns by place', () => {
  const equations = { ...equationsOf([1, 0, 3, 1]), columnCount: 9, columns: Uint32Array.of(8, 0, 4, 7, 2) };
  equations.a.set([1, 2, 3, 4, 5]);
  equations.b.set([10, 20, 30, 40, 50]);
  const [chunk, ...none] = chunksOf([1, 0, 3, 1], {}, equations);
  expect(none).toEqual([]);
  expect(listOf(chunk!.equations)).toEqual([
    [0, 0, 3, 2.5],
    [1, 3, 4, 0.5],
    [2, 4, 5, 3.5],
    [3, 5, 5, 1.5],
  ]);
  expect([...chunk!.columns]).toEqual([8, 4, 1, 0, 6]);
  expect([...chunk!.weights]).toEqual([2, 20, 3, 30, 4, 40, 1, 10, 5, 50]);
  expect(chunk).toMatchObject({ page: 0, rowCount: 4, splitEnd: 0, longEnd: 0 });
});

test('weights that all entries share are kept once', () => {
  const equations = equationsOf([1, 2]);
  expect([
    ...chunksOf([1, 2], {}, { ...equations, a: equations.a.fill(2), b: equations.b.fill(3) })[0]!.weights,
  ]).toEqual([2, 3]);
  equations.b[1] = 4;
  expect(chunksOf([1, 2], {}, equations)[0]!.weights).toHaveLength(6);
});

test('bins end where a slice of the list may: at multiples of 16', () => {
  const degrees = Array.from({ length: 60 }, (_, row) => (row < 3 ? 900 : row < 20 ? 40 : 1));
  expect(chunksOf(degrees)[0]).toMatchObject({ splitEnd: 0, longEnd: 0 });
  expect(chunksOf(degrees, { longRowEntries: 40 })[0]).toMatchObject({ splitEnd: 0, longEnd: 32 });
  expect(chunksOf(degrees, { longRowEntries: 40, splitRowEntries: 899 })[0]).toMatchObject({
    splitEnd: 16,
    longEnd: 32,
  });
  expect(chunksOf(degrees, { longRowEntries: 901, splitRowEntries: 899 })[0]).toMatchObject({
    splitEnd: 16,
    longEnd: 16,
  });
  expect(chunksOf(degrees, { longRowEntries: 0 })[0]).toMatchObject({ splitEnd: 0, longEnd: 60 });
  expect(chunksOf(degrees, { splitRowEntries: 0 })[0]).toMatchObject({ splitEnd: 60, longEnd: 60 });
});

test('no rows, no chunks', () => {
  expect(chunksOf([])).toEqual([]);
});

test('chunks stay within a page of the solved side and within a binding', () => {
  // 1024 bytes: 64 rows of 4 factors a page, 64 rows a list, 128 entries with weights of their own.
  const limits = { ...wide, maxStorageBufferBindingSize: 1024 };
  const degrees = Array.from({ length: 70 }, (_, row) => row % 20);
  const equations = equationsOf(degrees);
  equations.a[0] = 1;
  const order = degreeOrder(equations);
  const chunks = chunksOf(degrees, { limits }, equations);
  const seen: number[] = [];
  for (const chunk of chunks) {
    expect(chunk.equations.byteLength).toBeLessThanOrEqual(1024);
    expect(chunk.weights.byteLength).toBeLessThanOrEqual(1024);
    expect(chunk.weights).toHaveLength(2 * chunk.columns.length);
    for (const [row, first, end, regularization] of listOf(chunk.equations)) {
      const whole = order[chunk.page * 64 + row!]!;
      seen.push(whole);
      expect(row).toBeLessThan(64);
      expect(end! - first!).toBe(degrees[whole]);
      expect(end).toBeLessThanOrEqual(chunk.columns.length);
      expect(regularization).toBe(whole + 0.5);
    }
  }
  expect(seen).toEqual([...order]);
  expect(new Set(chunks.map(({ page }) => page))).toEqual(new Set([0, 1]));
  // Without weights of their own twice as many entries fit.
  expect(chunksOf(degrees, { limits }).length).toBeLessThan(chunks.length);
});

test('a row that alone is larger than a binding is refused with its numbers', () => {
  const limits = { ...wide, maxStorageBufferBindingSize: 1024 };
  expect(chunksOf([256], { limits })).toHaveLength(1);
  expect(() => chunksOf([1, 257], { limits })).toThrow(GpuLimitError);
  expect(() => chunksOf([1, 257], { limits })).toThrow(/Row 1 has 257 entries.*hold 256/);
});
