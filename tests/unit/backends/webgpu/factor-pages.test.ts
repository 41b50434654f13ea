import { expect, test } from 'vitest';
import { padRows, unpadRows } from '../../../../src/backends/padded-rows.ts';
import { factorPages, rowsOfPage } from '../../../../src/backends/webgpu/factor-pages.ts';
import { GpuLimitError } from '../../../../src/errors.ts';

const limits = { maxStorageBufferBindingSize: 4096, maxBufferSize: 8192, maxComputeWorkgroupsPerDimension: 65_535 };

test('one page where the factors fit a binding, two where they do not', () => {
  // 4096 bytes hold 128 rows of 8 numbers.
  expect(factorPages('item', { rowCount: 128, rankVectors: 2, limits })).toMatchObject({ pageRows: 128, pageCount: 1 });
  const two = factorPages('item', { rowCount: 129, rankVectors: 2, limits });
  expect(two).toMatchObject({ pageRows: 128, pageCount: 2 });
  expect([rowsOfPage(two, 0), rowsOfPage(two, 1)]).toEqual([128, 1]);
  expect(factorPages('item', { rowCount: 256, rankVectors: 2, limits }).pageCount).toBe(2);
});

test('no rows have one empty page', () => {
  const pages = factorPages('user', { rowCount: 0, rankVectors: 2, limits });
  expect(pages.pageCount).toBe(1);
  expect(rowsOfPage(pages, 0)).toBe(0);
});

test('pages begin at whole alignments', () => {
  // 4096 bytes hold 85 rows of 12 numbers; the page takes 64.
  expect(factorPages('item', { rowCount: 100, rankVectors: 3, limits }).pageRows).toBe(64);
});

test('what does not fit two pages is refused with what would', () => {
  const ask = (): unknown => factorPages('item', { rowCount: 300, rankVectors: 2, limits });
  expect(ask).toThrow(GpuLimitError);
  expect(ask).toThrow(/item factors need 9600 bytes \(300 rows of 8 numbers\).*2 × 4096.*256 rows, or 4 factors/);
  expect(() => factorPages('item', { rowCount: 2000, rankVectors: 2, limits })).toThrow(/256 rows; or use the cpu/);
});

test('without a bound on pages there are as many as it takes', () => {
  const shape = { rowCount: 1000, rankVectors: 2, limits, mostPages: Infinity };
  expect(factorPages('item', shape)).toMatchObject({ pageRows: 128, pageCount: 8 });
  const tiny = { ...limits, maxStorageBufferBindingSize: 16 };
  expect(factorPages('item', { ...shape, rowCount: 33, limits: tiny })).toMatchObject({ pageRows: 32, pageCount: 2 });
});

test('padding rows and taking the padding off again', () => {
  const factors = Float32Array.of(1, 2, 3, 4, 5, 6);
  const padded = padRows(factors, { factors: 3, firstRow: 1, rowCount: 1 });
  expect([...padded]).toEqual([4, 5, 6, 0]);
  const target = new Float32Array(6);
  unpadRows(padded, { factors: 3, firstRow: 1, target });
  expect([...target]).toEqual([0, 0, 0, 4, 5, 6]);
  expect([...unpadRows(padded, { factors: 3 })]).toEqual([4, 5, 6]);
  expect([...padRows(Float32Array.of(1, 2, 3, 4), { factors: 4, firstRow: 0, rowCount: 1 })]).toEqual([1, 2, 3, 4]);
});
