import { InvalidOptionError, shown } from './errors.ts';

/**
 * Refuses options that a call does not have: a misspelt option would otherwise be ignored without a word.
 *
 * @param call the call's name, for the message
 * @param options what the caller gave; only the names are looked at
 * @param known every option that the call takes
 * @throws {InvalidOptionError} naming the first unknown option, the known one that it resembles, and all that there are
 */
export function requireKnownOptions(call: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw new InvalidOptionError(`The options of ${call} must be an object, got ${shown(options)}.`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = resembling(unknown, known);
  const hint = meant === undefined ? '.' : `; did you mean '${meant}'?`;
  throw new InvalidOptionError(`Unknown option '${unknown}' of ${call}${hint} It takes ${known.join(', ')}.`);
}

/** The known name that a typo leads to: at most two edits in five letters away, so that two letters may change places. */
function resembling(name: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.floor(0.4 * candidate.length))
    .sort((left, right) => left.distance - right.distance);
  return nearest?.candidate;
}

/** Levenshtein's distance: how many letters must be put in, taken out or replaced. */
function editDistance(from: string, to: string): number {
  let distances = Array.from({ length: to.length + 1 }, (_, place) => place);
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = distances[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, distances[column]! + 1, next[column - 1]! + 1));
    }
    distances = next;
  }
  return distances[to.length]!;
}
