import { expect, test } from 'vitest';
import { clusterCentres, clusteredVectors } from '../../../bench/peers/hnsw/clustered-vectors.ts';
import { Xoshiro128 } from '../../../src/model/random.ts';

const shape = { count: 200, factors: 8, clusterCount: 2, spread: 0.1 };

function vectors(seed: number): Float32Array {
  const random = Xoshiro128.fromSeed(seed);
  return clusteredVectors(clusterCentres(random, shape), random, shape);
}

function cosine(all: Float32Array, left: number, right: number): number {
  let dot = 0;
  for (let j = 0; j < 8; j++) dot += all[8 * left + j]! * all[8 * right + j]!;
  return dot;
}

test('vectors have length 1, and are near to those of their own cluster alone', () => {
  const all = vectors(3);
  const near: number[] = [];
  const far: number[] = [];
  for (let row = 0; row < shape.count; row++) {
    // Lengths are rounded to float32.
    expect(cosine(all, row, row)).toBeCloseTo(1, 5);
    (cosine(all, 0, row) > 0.8 ? near : far).push(cosine(all, 0, row));
  }
  expect(near.length).toBeGreaterThan(50);
  expect(far.length).toBeGreaterThan(50);
  // Two clusters: nothing lies in between.
  expect(Math.min(...near) - Math.max(...far)).toBeGreaterThan(0.2);
});

test('the same seed gives the same vectors, another seed others', () => {
  expect(vectors(3)).toEqual(vectors(3));
  expect(vectors(3)).not.toEqual(vectors(4));
});
