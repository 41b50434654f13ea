/**
 * xoshiro128**, the public-domain generator of Blackman and Vigna ("Scrambled Linear Pseudorandom Number Generators",
 * 2018). SplitMix64 fills its state, as the authors advise. It is the engine's only source of randomness.
 */
export class Xoshiro128 {
  readonly #state: Uint32Array;
  #spareNormal: number | null = null;

  /** @param state four words, not all zero */
  constructor(state: Uint32Array) {
    this.#state = state.slice(0, 4);
  }

  /** @param seed an integer from 0 to 2³² − 1 */
  static fromSeed(seed: number): Xoshiro128 {
    const state = new Uint32Array(4);
    const mask = (1n << 64n) - 1n;
    let counter = BigInt(seed);
    for (let word = 0; word < 4; word += 2) {
      counter = (counter + 0x9e3779b97f4a7c15n) & mask;
      let mixed = counter;
      mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
      mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & mask;
      mixed ^= mixed >> 31n;
      state[word] = Number(mixed & 0xffff_ffffn);
      state[word + 1] = Number(mixed >> 32n);
    }
    return new Xoshiro128(state);
  }

  /** The next 32 random bits, as an integer from 0 to 2³² − 1. */
  nextUint32(): number {
    const state = this.#state;
    const scrambled = Math.imul(rotateLeft(Math.imul(state[1]!, 5), 7), 9) >>> 0;
    const shifted = state[1]! << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotateLeft(state[3]!, 11);
    return scrambled;
  }

  /** A uniformly distributed integer from 0 to `count` − 1; `count` is from 1 to 2³². */
  nextBelow(count: number): number {
    // Draws above the last multiple of `count` would favour small numbers, so they are rejected.
    const limit = 2 ** 32 - (2 ** 32 % count);
    let draw = this.nextUint32();
    while (draw >= limit) draw = this.nextUint32();
    return draw % count;
  }

  /** A standard normal number, by the Box–Muller transform (two numbers from two draws; the second is kept). */
  nextNormal(): number {
    const spare = this.#spareNormal;
    if (spare !== null) {
      this.#spareNormal = null;
      return spare;
    }
    // + 1 keeps the logarithm finite: the first number is in (0, 1].
    const radius = Math.sqrt(-2 * Math.log((this.nextUint32() + 1) / 2 ** 32));
    const angle = (2 * Math.PI * this.nextUint32()) / 2 ** 32;
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** `count` independent normal numbers with mean 0. */
  normals(count: number, standardDeviation: number): Float32Array {
    const numbers = new Float32Array(count);
    for (let place = 0; place < count; place++) numbers[place] = standardDeviation * this.nextNormal();
    return numbers;
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
