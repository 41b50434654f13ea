import { expect } from 'vitest';

/** Each number within `tolerance` of the wanted one, relative to 1 and to its own size; NaN is not. */
export function expectNear(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(wanted.length);
  for (let place = 0; place < wanted.length; place++) {
    const within = tolerance * (1 + Math.abs(wanted[place]!));
    if (!(Math.abs(actual[place]! - wanted[place]!) <= within)) {
      expect.fail(`place ${place}: got ${actual[place]}, wanted ${wanted[place]} ± ${within}`);
    }
  }
}
