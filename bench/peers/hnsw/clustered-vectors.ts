import type { Xoshiro128 } from '../../../src/model/random.ts';

/** The shape of made-up item vectors. */
export interface ClusterShape {
  readonly count: number;
  readonly factors: number;
  readonly clusterCount: number;
  /** Length of a vector's own part, against 1 for its cluster's. */
  readonly spread: number;
}

/**
 * Unit vectors in clusters: a cluster's centre and a part of the vector's own, both normal with deviations that fall
 * with the dimension as j^−½. Catalogues are like that; independent normals, in which every item is about as far from
 * every other, would be the worst case of an index.
 *
 * @returns `count × factors`
 */
export function clusteredVectors(centres: Float32Array, random: Xoshiro128, shape: ClusterShape): Float32Array {
  const { count, factors, clusterCount, spread } = shape;
  const vectors = new Float32Array(count * factors);
  for (let row = 0; row < count; row++) {
    const centre = factors * random.nextBelow(clusterCount);
    const vector = vectors.subarray(row * factors, (row + 1) * factors);
    for (let j = 0; j < factors; j++) {
      vector[j] = centres[centre + j]! + (spread * random.nextNormal()) / Math.sqrt(j + 1);
    }
    normalize(vector);
  }
  return vectors;
}

/** The centres for `clusteredVectors`: `clusterCount × factors`, of the same length as a vector's own part at spread 1. */
export function clusterCentres(
  random: Xoshiro128,
  { clusterCount, factors }: Pick<ClusterShape, 'clusterCount' | 'factors'>,
): Float32Array {
  return Float32Array.from(
    { length: clusterCount * factors },
    (_, place) => random.nextNormal() / Math.sqrt((place % factors) + 1),
  );
}

function normalize(vector: Float32Array): void {
  let squared = 0;
  for (const number of vector) squared += number * number;
  const scale = 1 / Math.sqrt(squared);
  for (let j = 0; j < vector.length; j++) vector[j]! *= scale;
}
