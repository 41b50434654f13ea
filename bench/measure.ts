/** Times of one contender, in milliseconds. */
export interface Measurement {
  readonly name: string;
  /** Ascending. */
  readonly times: readonly number[];
}

/**
 * Times the contenders in turns (a, b, a, b, …), so that whatever else the machine does hits all alike; one round
 * before it is not counted.
 */
export async function measure(
  contenders: readonly { readonly name: string; readonly run: () => Promise<unknown> }[],
  { rounds }: { readonly rounds: number },
): Promise<Measurement[]> {
  const times = contenders.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, { run }] of contenders.entries()) {
      const started = performance.now();
      await run();
      if (round >= 0) times[index]!.push(performance.now() - started);
    }
  }
  return contenders.map(({ name }, index) => ({ name, times: times[index]!.sort((left, right) => left - right) }));
}

/** The value below which `share` of the ascending times lie (nearest rank). */
export function quantile(times: readonly number[], share: number): number {
  return times[Math.max(0, Math.ceil(share * times.length) - 1)]!;
}

/**
 * One line a contender: median, the spread from the fastest to the slowest, and the median as a ratio to that of the
 * first contender.
 */
export function describeMeasurements(measurements: readonly Measurement[]): string[] {
  const reference = quantile(measurements[0]!.times, 0.5);
  return measurements.map(({ name, times }) => {
    const median = quantile(times, 0.5);
    const spread = `${milliseconds(times[0]!)}–${milliseconds(times.at(-1)!)}`;
    const ratio = (median / reference).toFixed(2);
    return `  ${name.padEnd(34)} ${milliseconds(median).padStart(8)} ms  (${spread}, ${times.length} runs)  × ${ratio}`;
  });
}

function milliseconds(time: number): string {
  return time.toFixed(time < 10 ? 2 : time < 100 ? 1 : 0);
}
