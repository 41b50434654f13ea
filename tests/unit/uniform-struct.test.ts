import { expect, test } from 'vitest';
import { uniformStruct } from '../../src/gpu/uniform-struct.ts';

const params = uniformStruct({ row_count: 'u32', offset: 'i32', origin: 'vec3f', scale: 'f32', size: 'vec2u' });

test('fields lie where the WGSL specification puts them', () => {
  expect(params.offsets).toEqual({ row_count: 0, offset: 4, origin: 16, scale: 28, size: 32 });
  expect(params.byteLength).toBe(48);
  expect(uniformStruct({ rank: 'u32' }).byteLength).toBe(16);
});

test('values are written by name, whatever their order', () => {
  const bytes = params.pack({ size: [7, 8], scale: 0.5, origin: [1, 2, 3], offset: -2, row_count: 4_000_000_000 });
  const view = new DataView(bytes.buffer);
  expect(view.getUint32(0, true)).toBe(4_000_000_000);
  expect(view.getInt32(4, true)).toBe(-2);
  expect([16, 20, 24].map((offset) => view.getFloat32(offset, true))).toEqual([1, 2, 3]);
  expect(view.getFloat32(28, true)).toBe(0.5);
  expect([view.getUint32(32, true), view.getUint32(36, true)]).toEqual([7, 8]);
});

test.each([
  ['a missing field', {}, /rank is missing/],
  ['an unknown field', { rank: 1, ranks: 2 }, /ranks is not a field/],
  ['a fraction', { rank: 1.5 }, /rank \(u32\) must be an integer/],
  ['a negative number', { rank: -1 }, /rank \(u32\) must be an integer/],
  ['not a number', { rank: Number.NaN }, /rank \(u32\) must be an integer/],
  ['a vector for a scalar', { rank: [1, 2] }, /needs 1 numbers, got 2/],
])('%s is an error', (_, values, message) => {
  expect(() => uniformStruct({ rank: 'u32' }).pack(values as unknown as { rank: number })).toThrow(message);
});

test('a float field refuses infinity', () => {
  expect(() => uniformStruct({ scale: 'f32' }).pack({ scale: Infinity })).toThrow(/must be finite/);
});
