/** One thing that is timed. A `run` that resolves to `{ elapsedMs }` has timed itself, without what surrounds it. */
export interface Contender {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

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
  contenders: readonly Contender[],
  { rounds }: { readonly rounds: number },
): Promise<Measurement[]> {
  const times = contenders.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, { run }] of contenders.entries()) {
      const started = performance.now();
      const result = await run();
      const elapsedMs = hasElapsedMs(result) ? result.elapsedMs : performance.now() - started;
      if (round >= 0) times[index]!.push(elapsedMs);
    }
  }
  return contenders.map(({ name }, index) => ({ name, times: times[index]!.sort((left, right) => left - right) }));
}

function hasElapsedMs(result: unknown): result is { readonly elapsedMs: number } {
  return typeof result === 'object' && result !== null && 'elapsedMs' in result;
}

/** The value below which `share` of the ascending times lie (nearest rank). */
export function quantile(times: readonly number[], share: number): number {
  return times[Math.max(0, Math.ceil(share * times.length) - 1)]!;
}

/** The measurement with every time multiplied by `factor`. */
export function scaleTimes({ name, times }: Measurement, factor: number): Measurement {
  return { name, times: times.map((time) => time * factor) };
}

/**
 * One line a contender: median, the spread from the fastest to the slowest, and how many times as fast as the first
 * contender its median is (above 1: faster).
 */
export function describeMeasurements(measurements: readonly Measurement[]): string[] {
  const reference = quantile(measurements[0]!.times, 0.5);
  return measurements.map(({ name, times }) => {
    const median = quantile(times, 0.5);
    const spread = `${milliseconds(times[0]!)}–${milliseconds(times.at(-1)!)}`;
    const speed = reference / median;
    const ratio = speed.toFixed(speed < 0.1 ? 3 : 2);
    return `  ${name.padEnd(44)} ${milliseconds(median).padStart(8)} ms  (${spread}, ${times.length} runs)  ${ratio} × as fast`;
  });
}

/** Milliseconds for people: three digits or so. */
export function milliseconds(time: number): string {
  return time.toFixed(time < 10 ? 2 : time < 100 ? 1 : 0);
}
