import type { ScoringTimings } from '../backend.ts';

/** Names of the timed parts, as compute passes carry them. */
export type ScoringPart = 'fold-in' | 'score' | 'top-k';

/** Adds up the parts of one scoring call; the whole runs from construction to `finish`. */
export class ScoringTiming {
  readonly #started = performance.now();
  readonly #parts = new Map<string, number>();

  /** Adds times by part, milliseconds. */
  add(elapsedMs: ReadonlyMap<string, number>): void {
    for (const [name, spanMs] of elapsedMs) this.#parts.set(name, (this.#parts.get(name) ?? 0) + spanMs);
  }

  finish(): ScoringTimings {
    const part = (name: ScoringPart): number | null => this.#parts.get(name) ?? null;
    return {
      foldInMs: part('fold-in'),
      scoreMs: part('score'),
      topKMs: part('top-k'),
      totalMs: performance.now() - this.#started,
    };
  }
}
