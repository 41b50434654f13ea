import { expect, test } from 'vitest';
import { Xoshiro128 } from '../../../src/model/random.ts';

/** The published C code of xoshiro128**, in integers of any size: nothing in common with the engine's 32-bit tricks. */
function reference(state: bigint[]): () => bigint {
  const word = (value: bigint): bigint => value & 0xffff_ffffn;
  const rotate = (value: bigint, bits: bigint): bigint => word((value << bits) | (value >> (32n - bits)));
  return () => {
    const result = word(rotate(word(state[1]! * 5n), 7n) * 9n);
    const shifted = word(state[1]! << 9n);
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotate(state[3]!, 11n);
    return result;
  };
}

test('xoshiro128**: the first number on paper, a thousand by the reference', () => {
  const random = new Xoshiro128(Uint32Array.of(1, 2, 3, 4));
  const next = reference([1n, 2n, 3n, 4n]);
  // rotl(2 · 5, 7) · 9 = 1280 · 9
  const first = random.nextUint32();
  expect(first).toBe(11_520);
  expect(BigInt(first)).toBe(next());
  for (let draw = 0; draw < 1000; draw++) expect(BigInt(random.nextUint32())).toBe(next());
});

test('one seed is one sequence, another seed another', () => {
  const draw = (seed: number): number[] => {
    const random = Xoshiro128.fromSeed(seed);
    return Array.from({ length: 8 }, () => random.nextUint32());
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(new Set(draw(0)).size).toBe(8);
});

test('normals have the mean and the deviation asked for, and a normal shape', () => {
  const count = 40_000;
  const numbers = Xoshiro128.fromSeed(3).normals(count, 0.5);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / count;
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  const within = numbers.filter((value) => Math.abs(value) < 0.5).length / count;
  // Five standard errors: 0.5 / √40,000 = 0.0025 for the mean, about 0.0018 for the variance, 0.0023 for the share.
  expect(Math.abs(mean)).toBeLessThan(0.0125);
  expect(Math.abs(variance - 0.25)).toBeLessThan(0.009);
  expect(Math.abs(within - 0.6827)).toBeLessThan(0.012);
});
