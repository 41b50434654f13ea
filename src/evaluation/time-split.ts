import { InvalidDataError } from '../errors.ts';

/** Where training ends: at a time (seconds since 1970), or after a share of the interactions, above 0 and below 1. */
export type TimeCut = { readonly time: number } | { readonly share: number };

/**
 * The first time that belongs to the test: training is what came before it. Interactions of one moment are never
 * parted, so that with a share training may come out a little smaller.
 *
 * @param times seconds since 1970, in any order
 * @throws {InvalidDataError} nothing would be left to train on, or to test
 */
export function cutTime(times: Float64Array, cut: TimeCut): number {
  const sorted = times.slice().sort();
  const [first, last] = [sorted[0] ?? Number.NaN, sorted.at(-1) ?? Number.NaN];
  const time = 'time' in cut ? cut.time : sorted[Math.min(sorted.length - 1, Math.floor(cut.share * sorted.length))]!;
  if (time > first && time <= last) return time;
  throw new InvalidDataError(
    `A split at ${timeText(time)} leaves nothing to ${time > first ? 'test' : 'train on'}: the interactions are from ` +
      `${timeText(first)} to ${timeText(last)}.`,
  );
}

/** A time as ISO 8601, with what it is in seconds. */
export function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : `${date.toISOString().replace('.000Z', 'Z')} (${seconds})`;
}
