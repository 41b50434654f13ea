import { circle, type CoverShape } from './cover-shapes.ts';

/** Numbers in [0, 1), different for every film and always the same for one. */
export type Random = () => number;

/** A picture in the field of 200 × 200, composed anew for every film. */
export type Motif = (random: Random) => CoverShape[];

/** A number from `low` to `high`. */
export const between = (random: Random, low: number, high: number) => low + (high - low) * random();

/** What `make` gives for 0 … `count` − 1. */
export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Paths of `count` dots of up to `size`, none below `bottom`. */
export const dots = (random: Random, count: number, { bottom, size }: { bottom: number; size: number }) =>
  times(count, () => circle(between(random, 6, 194), between(random, 6, bottom), between(random, size * 0.4, size)));
