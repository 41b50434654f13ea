/**
 * Searches settings of implicit ALS by successive halving (Jamieson and Talwalkar 2016, "Non-stochastic Best Arm
 * Identification and Hyperparameter Optimization"): many candidates with few epochs, the best third with more, and so
 * on; then the neighbours of the winner, as long as one of them is better. It knows nothing of data: a candidate's
 * score comes from the caller. The same space, seed and scores give the same trials.
 */

import { Xoshiro128 } from '../random.ts';
import { rowRegularization } from '../row-equations.ts';

/** One point of the space. */
export interface Candidate {
  readonly factors: number;
  /** α₀. */
  readonly unobservedWeight: number;
  /** λ. */
  readonly regularization: number;
  /** ν. */
  readonly exponent: number;
}

/** Where to search. */
export interface SearchSpace {
  /** Counts of factors to try. */
  readonly factors: readonly number[];
  /** Exponents ν to try. */
  readonly exponents: readonly number[];
  /** α₀ from … to, both above 0, even on a logarithmic scale. */
  readonly unobservedWeight: readonly [number, number];
  /**
   * λ from … to as it is at ν = 1; at another ν it is scaled so that a row of `typicalEntries` entries is
   * regularized as much, because λ means something else at each ν.
   */
  readonly regularization: readonly [number, number];
  /** Entries of a typical row, and rows of the other side, for that scale. */
  readonly typicalEntries: number;
  readonly otherSideCount: number;
}

/** One training and its score. */
export interface Trial extends Candidate {
  readonly epochs: number;
  /** Larger is better. */
  readonly score: number;
}

/** How much to search. */
export interface SearchOptions {
  /** Candidates at the start, at least 1. */
  readonly count: number;
  /** Epochs of the last round and of the neighbours. */
  readonly epochs: number;
  readonly seed: number;
  /** Trains with so many epochs, and says how well it went. */
  readonly score: (candidate: Candidate, epochs: number) => Promise<number>;
  readonly onTrial?: ((trial: Trial) => void) | undefined;
}

/** One of how many goes on to the next round. */
const keptShare = 3;
/** Rounds of halving: the first with a quarter of the epochs, then a half, then all. */
const epochShares = [1 / 4, 1 / 2, 1];
/** How far the first neighbours are, as factors; half as far (their square roots) once none is better. */
const firstSteps = { unobservedWeight: 2, regularization: 1.6 };
/** Neighbourhoods looked at, at most. */
const neighbourhoods = 4;

/** Runs the search; the best trial is one of all epochs. */
export async function searchSettings(
  space: SearchSpace,
  { count, epochs, seed, score, onTrial }: SearchOptions,
): Promise<{ readonly best: Trial; readonly trials: readonly Trial[] }> {
  const trials: Trial[] = [];
  const tried = async (candidate: Candidate, budget: number): Promise<Trial> => {
    const known = trials.find((trial) => trial.epochs === budget && isSame(trial, candidate));
    if (known !== undefined) return known;
    const trial = { ...candidate, epochs: budget, score: await score(candidate, budget) };
    trials.push(trial);
    onTrial?.(trial);
    return trial;
  };

  let field: readonly Candidate[] = sampleCandidates(space, { count, seed });
  let ranked: Trial[] = [];
  for (const share of epochShares) {
    ranked = [];
    for (const candidate of field) ranked.push(await tried(candidate, Math.max(1, Math.round(share * epochs))));
    // Stable: of equal scores the earlier stays in front.
    ranked.sort((left, right) => right.score - left.score);
    field = ranked.slice(0, Math.ceil(ranked.length / keptShare));
  }

  let best = ranked[0]!;
  let steps = firstSteps;
  for (let round = 0; round < neighbourhoods; round++) {
    let next = best;
    for (const neighbour of neighboursOf(best, steps, space)) {
      const trial = await tried(neighbour, best.epochs);
      if (trial.score > next.score) next = trial;
    }
    if (next === best) {
      steps = {
        unobservedWeight: Math.sqrt(steps.unobservedWeight),
        regularization: Math.sqrt(steps.regularization),
      };
    }
    best = next;
  }
  return { best, trials };
}

/**
 * Candidates spread by a Latin hypercube (McKay, Beckman and Conover 1979): each of the scales α₀ and λ is cut into
 * as many parts as there are candidates, and each part is used once. Factors and ν take turns.
 */
export function sampleCandidates(
  space: SearchSpace,
  { count, seed }: { readonly count: number; readonly seed: number },
): Candidate[] {
  const random = Xoshiro128.fromSeed(seed);
  const weights = spread(random, { count, range: space.unobservedWeight });
  const regularizations = spread(random, { count, range: space.regularization });
  const { factors, exponents } = space;
  return Array.from({ length: count }, (_, index) => {
    const exponent = exponents[Math.floor(index / factors.length) % exponents.length]!;
    const unobservedWeight = twoDigits(weights[index]!);
    const atOne = {
      factors: factors[index % factors.length]!,
      unobservedWeight,
      regularization: regularizations[index]!,
      exponent: 1,
    };
    const { regularization } = atExponent(atOne, exponent, space);
    return { ...atOne, regularization: twoDigits(regularization), exponent };
  });
}

function spread(
  random: Xoshiro128,
  { count, range: [low, high] }: { readonly count: number; readonly range: readonly [number, number] },
): number[] {
  const parts = Array.from({ length: count }, (_, part) => part);
  for (let end = count; end > 1; end--) {
    const drawn = random.nextBelow(end);
    [parts[drawn], parts[end - 1]] = [parts[end - 1]!, parts[drawn]!];
  }
  return parts.map((part) => {
    const within = random.nextUint32() / 2 ** 32;
    return low * (high / low) ** ((part + within) / count);
  });
}

/** The candidate at another ν, with the λ that regularizes a typical row as much. */
function atExponent(candidate: Candidate, exponent: number, space: SearchSpace): Candidate {
  const strengthAt = (nu: number): number =>
    rowRegularization(
      {
        objective: 'implicit',
        feedback: 'presence',
        alpha: null,
        alpha0: candidate.unobservedWeight,
        regularization: 1,
        exponent: nu,
      },
      space.typicalEntries,
      space.otherSideCount,
    );
  const scale = strengthAt(candidate.exponent) / strengthAt(exponent);
  return { ...candidate, exponent, regularization: candidate.regularization * scale };
}

function neighboursOf(
  { factors, unobservedWeight, regularization, exponent }: Candidate,
  steps: { readonly unobservedWeight: number; readonly regularization: number },
  space: SearchSpace,
): Candidate[] {
  const candidate = { factors, unobservedWeight, regularization, exponent };
  const beside = <Value>(all: readonly Value[], one: Value): Value[] => {
    const at = all.indexOf(one);
    return [all[at - 1], all[at + 1]].filter((value) => value !== undefined);
  };
  return [
    { ...candidate, regularization: regularization * steps.regularization },
    { ...candidate, regularization: regularization / steps.regularization },
    { ...candidate, unobservedWeight: unobservedWeight * steps.unobservedWeight },
    { ...candidate, unobservedWeight: unobservedWeight / steps.unobservedWeight },
    ...beside(ascending(space.factors), factors).map((other) => ({ ...candidate, factors: other })),
    ...beside(ascending(space.exponents), exponent).map((other) => atExponent(candidate, other, space)),
  ].map((neighbour) => ({
    ...neighbour,
    unobservedWeight: twoDigits(neighbour.unobservedWeight),
    regularization: twoDigits(neighbour.regularization),
  }));
}

function ascending(numbers: readonly number[]): number[] {
  return [...numbers].sort((left, right) => left - right);
}

function isSame(left: Candidate, right: Candidate): boolean {
  return (
    left.factors === right.factors &&
    left.unobservedWeight === right.unobservedWeight &&
    left.regularization === right.regularization &&
    left.exponent === right.exponent
  );
}

/** Two digits are finer than any hold-out can tell apart, and can be typed. */
function twoDigits(value: number): number {
  return Number(value.toPrecision(2));
}
