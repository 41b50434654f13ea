import { expect, test } from 'vitest';
import type { RowEquations } from '../../src/engine/backend.ts';
import { factorPages } from '../../src/engine/webgpu/factor-pages.ts';
import { lossEquations, type TrainingChunk, trainingChunks } from '../../src/engine/webgpu/training-chunks.ts';
import { GpuLimitError } from '../../src/errors.ts';

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
  { limits = wide, longRowEntries = Infinity }: { limits?: typeof wide; longRowEntries?: number } = {},
): TrainingChunk[] {
  const pages = factorPages('user', { rowCount: degrees.length, rankVectors: 1, limits });
  return trainingChunks(equationsOf(degrees), { pages, limits, longRowEntries });
}

/** [row, first entry, end entry, λ] by place. */
function listOf(words: Uint32Array<ArrayBuffer>): number[][] {
  const floats = new Float32Array(words.buffer);
  return Array.from({ length: words.length / 4 }, (_, place) => [
    ...words.subarray(4 * place, 4 * place + 3),
    floats[4 * place + 3]!,
  ]);
}

test('rows are sorted by length, longest first, equal ones in order', () => {
  const [chunk] = chunksOf([1, 0, 3, 1]);
  expect(listOf(chunk!.equations)).toEqual([
    [2, 1, 4, 2.5],
    [0, 0, 1, 0.5],
    [3, 4, 5, 3.5],
    [1, 1, 1, 1.5],
  ]);
  expect(chunk).toMatchObject({ longCount: 0, shortStart: 0, shortCount: 4, firstEntry: 0, endEntry: 5 });
});

test('long rows come apart from short ones, at an offset that can be bound', () => {
  const [chunk] = chunksOf([1, 9, 3], { longRowEntries: 3 });
  expect(chunk).toMatchObject({ longCount: 2, shortStart: 16, shortCount: 1 });
  const list = listOf(chunk!.equations);
  expect([list[0]![0], list[1]![0], list[16]![0]]).toEqual([1, 2, 0]);
  expect(chunksOf([1, 9], { longRowEntries: 0 })[0]).toMatchObject({ longCount: 2, shortCount: 0 });
});

test('no rows, no chunks', () => {
  expect(chunksOf([])).toEqual([]);
});

test('chunks stay within a page of the solved side and within a binding', () => {
  // 1024 bytes: 64 rows of 4 factors a page, 16 rows a list, 128 entries.
  const limits = { ...wide, maxStorageBufferBindingSize: 1024 };
  const degrees = Array.from({ length: 70 }, (_, row) => row % 20);
  const chunks = chunksOf(degrees, { limits });
  const seen: number[] = [];
  for (const chunk of chunks) {
    expect(chunk.equations.byteLength).toBeLessThanOrEqual(1024);
    expect(8 * (chunk.endEntry - chunk.firstEntry)).toBeLessThanOrEqual(1024);
    expect(lossEquations(chunk, true).byteLength).toBeLessThanOrEqual(1024);
    for (const [row, first, end, regularization] of listOf(chunk.equations)) {
      const whole = chunk.page * 64 + row!;
      seen.push(whole);
      expect(row).toBeLessThan(64);
      expect(end! - first!).toBe(degrees[whole]);
      expect(end).toBeLessThanOrEqual(chunk.endEntry - chunk.firstEntry);
      expect(regularization).toBe(whole + 0.5);
    }
  }
  expect(seen.sort((left, right) => left - right)).toEqual(degrees.map((_, row) => row));
  expect(new Set(chunks.map(({ page }) => page))).toEqual(new Set([0, 1]));
});

test('a row that alone is larger than a binding is refused with its numbers', () => {
  const limits = { ...wide, maxStorageBufferBindingSize: 1024 };
  expect(chunksOf([128], { limits })).toHaveLength(1);
  expect(() => chunksOf([1, 129], { limits })).toThrow(GpuLimitError);
  expect(() => chunksOf([1, 129], { limits })).toThrow(/Row 1 has 129 entries.*hold 128/);
});

test('the loss takes long rows in segments, λ once', () => {
  const [chunk] = chunksOf([2, 0, 1100], { longRowEntries: 3 });
  expect(listOf(lossEquations(chunk!, true))).toEqual([
    [2, 2, 514, 2.5],
    [2, 514, 1026, 0],
    [2, 1026, 1102, 0],
    [0, 0, 2, 0.5],
    [1, 0, 0, 1.5],
  ]);
  expect(listOf(lossEquations(chunk!, false))).toEqual([
    [2, 0, 0, 2.5],
    [0, 0, 0, 0.5],
    [1, 0, 0, 1.5],
  ]);
});
