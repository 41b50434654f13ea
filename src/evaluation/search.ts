/**
 * Searches settings of implicit ALS by successive halving (Jamieson and Talwalkar 2016, "Non-stochastic Best Arm
 * Identification and Hyperparameter Optimization"): many candidates with few epochs, the best third with more, and so
 * on; then the winner walks along each coordinate as long as that makes it better, twice. It knows nothing of data: a candidate's
 * score comes from the caller. The same space, seed and scores give the same trials.
 */

import type { FitOptions } from '../model/fit-options.ts';
import type { WeightOptions } from '../model/interaction-weights.ts';
import { Xoshiro128 } from '../model/random.ts';
import { rowRegularization } from '../model/row-equations.ts';

/** One point of the space: options of `fit`, the weights beside the others. */
export type Candidate = Required<Pick<FitOptions, 'factors' | 'unobservedWeight' | 'regularization' | 'exponent'>> &
  WeightOptions;

/** Where to search. */
export interface SearchSpace {
  /** Counts of factors to try. */
  readonly factors: readonly number[];
  /** Exponents ν to try. */
  readonly exponents: readonly number[];
  /** Weights and discounts to try. The search starts at the first of each and tries others beside it. */
  readonly valueWeights: readonly number[];
  readonly activityDiscounts: readonly number[];
  readonly popularityDiscounts: readonly number[];
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
export type Trial = Candidate & {
  readonly epochs: number;
  /** Larger is better. */
  readonly score: number;
};

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
/** What a step multiplies or divides by. */
interface StepSizes {
  readonly unobservedWeight: number;
  readonly regularization: number;
}

/** Steps of the two passes over the winner's neighbourhood. */
const stepsByPass: readonly StepSizes[] = [
  { unobservedWeight: 2, regularization: 1.6 },
  { unobservedWeight: 1.4, regularization: 1.25 },
];

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
    field = ranked.slice(0, Math.ceil(ranked.length / keptShare)).map(candidateOf);
  }

  let best = ranked[0]!;
  /** Goes one way as long as it gets better. */
  const walk = async (step: Step): Promise<boolean> => {
    const start = best;
    for (;;) {
      const next = step(candidateOf(best));
      if (next === null) break;
      const trial = await tried(next, best.epochs);
      if (!(trial.score > best.score)) break;
      best = trial;
    }
    return best !== start;
  };
  for (const steps of stepsByPass) {
    for (const [forward, back] of coordinates(space, steps)) if (!(await walk(forward))) await walk(back);
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
      valueWeight: space.valueWeights[0]!,
      activityDiscount: space.activityDiscounts[0]!,
      popularityDiscount: space.popularityDiscounts[0]!,
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
      { unobservedWeight: candidate.unobservedWeight, regularization: 1, exponent: nu },
      space.typicalEntries,
      space.otherSideCount,
    );
  const scale = strengthAt(candidate.exponent) / strengthAt(exponent);
  return { ...candidate, exponent, regularization: candidate.regularization * scale };
}

/** The candidate next to another in one direction; null where there is none. */
type Step = (candidate: Candidate) => Candidate | null;

/** Both ways along every coordinate of the space. */
function coordinates(space: SearchSpace, { unobservedWeight, regularization }: StepSizes): [Step, Step][] {
  const scaled =
    (key: 'unobservedWeight' | 'regularization', factor: number): Step =>
    (candidate) => ({ ...candidate, [key]: twoDigits(candidate[key] * factor) });
  const levels = (all: readonly number[], key: keyof Candidate, put = withKey(key)): [Step, Step] => {
    const ascending = [...all].sort((left, right) => left - right);
    const beside =
      (way: number): Step =>
      (candidate) => {
        const level = ascending[ascending.indexOf(candidate[key]) + way];
        return level === undefined ? null : put(candidate, level);
      };
    return [beside(1), beside(-1)];
  };
  return [
    // More factors want more regularization: without it no step to them would look like one up.
    levels(space.factors, 'factors', (candidate, factors) => ({
      ...candidate,
      factors,
      regularization: twoDigits(candidate.regularization * Math.sqrt(factors / candidate.factors)),
    })),
    [scaled('regularization', regularization), scaled('regularization', 1 / regularization)],
    [scaled('unobservedWeight', unobservedWeight), scaled('unobservedWeight', 1 / unobservedWeight)],
    levels(space.exponents, 'exponent', (candidate, exponent) => {
      const moved = atExponent(candidate, exponent, space);
      return { ...moved, regularization: twoDigits(moved.regularization) };
    }),
    levels(space.activityDiscounts, 'activityDiscount'),
    levels(space.popularityDiscounts, 'popularityDiscount'),
    levels(space.valueWeights, 'valueWeight'),
  ];
}

function withKey(key: keyof Candidate): (candidate: Candidate, value: number) => Candidate {
  return (candidate, value) => ({ ...candidate, [key]: value });
}

const candidateKeys = [
  'factors',
  'unobservedWeight',
  'regularization',
  'exponent',
  'valueWeight',
  'activityDiscount',
  'popularityDiscount',
] as const satisfies readonly (keyof Candidate)[];

function candidateOf({ score: _score, epochs: _epochs, ...candidate }: Trial): Candidate {
  return candidate;
}

function isSame(left: Candidate, right: Candidate): boolean {
  return candidateKeys.every((key) => left[key] === right[key]);
}

/** Two digits are finer than any hold-out can tell apart, and can be typed. */
function twoDigits(value: number): number {
  return Number(value.toPrecision(2));
}
