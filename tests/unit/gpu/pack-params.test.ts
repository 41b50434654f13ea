import { expect, test } from 'vitest';
import { packParams } from '../../../src/gpu/pack-params.ts';

const params = { row_count: 'u32', first: 'u32', scale: 'f32', steps: 'u32', alpha: 'f32' } as const;

test('values are written by name, whatever their order, one after another', () => {
  const bytes = packParams(params, { alpha: -3, steps: 7, scale: 0.5, first: 0, row_count: 4_000_000_000 });
  const view = new DataView(bytes.buffer);
  expect([0, 4, 12].map((offset) => view.getUint32(offset, true))).toEqual([4_000_000_000, 0, 7]);
  expect([8, 16].map((offset) => view.getFloat32(offset, true))).toEqual([0.5, -3]);
});

test('a struct is a multiple of 16 bytes', () => {
  expect(packParams(params, { row_count: 0, first: 0, scale: 0, steps: 0, alpha: 0 }).byteLength).toBe(32);
  expect(packParams({ rank: 'u32' }, { rank: 1 }).byteLength).toBe(16);
});

test.each([
  ['a missing field', {}, /rank must be a u32, got undefined/],
  ['a fraction', { rank: 1.5 }, /rank must be a u32, got 1\.5/],
  ['a negative number', { rank: -1 }, /rank must be a u32, got -1/],
  ['more than 32 bits', { rank: 2 ** 32 }, /rank must be a u32, got 4294967296/],
  ['not a number', { rank: Number.NaN }, /rank must be a u32, got NaN/],
])('%s is an error', (_, values, message) => {
  expect(() => packParams({ rank: 'u32' }, values)).toThrow(message);
});

test.each([Infinity, Number.NaN])('a float field refuses %s', (scale) => {
  expect(() => packParams({ scale: 'f32' }, { scale })).toThrow(/scale must be an f32/);
});
