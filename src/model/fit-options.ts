import { type SolveOptions, type SolverName, solverNames } from '../backends/backend.ts';
import { InvalidOptionError, shown } from '../errors.ts';
import { requireKnownOptions } from '../known-options.ts';
import type { WeightOptions } from './interaction-weights.ts';
import type { ObjectiveSettings } from './row-equations.ts';

/** What to train, and how: every field has a default. What `pocketrec tune` finds is of this shape too. */
export interface FitOptions {
  /** `implicit` (default): what was chosen; `explicit`: stars, with biases. */
  readonly objective?: 'implicit' | 'explicit';
  /**
   * What the values are. `presence`: every entry counts 1 whatever its value. `strength`: signed, negative is a
   * dislike. `stars`: 0.5–5. Default `presence` for implicit, `stars` for explicit.
   */
  readonly feedback?: 'presence' | 'strength' | 'stars';
  /**
   * Weighs interactions by their values (`valueWeight`, 0–10), against users with many (`activityDiscount`, 0–1) and
   * against items that many have (`popularityDiscount`, 0–1); what is left out is 0, which weighs all alike. Implicit
   * models with the feedback `presence` only. The visitor's stars count as values do, so that with a `valueWeight` the
   * values should be stars; a like counts as their mean, and a dislike stays a dislike. Default: all 0.
   */
  readonly weights?: Partial<WeightOptions>;
  /** Numbers per factor row, 1–256; default 64. */
  readonly factors?: number;
  /** Epochs, 1–1000; default 12. */
  readonly epochs?: number;
  /** λ, 0–1e9; default 0.001 with `unobservedWeight`, 0.01 with `alpha`, 0.05 explicit. */
  readonly regularization?: number;
  /**
   * Confidence c = 1 + alpha · strength (Hu, Koren, Volinsky 2008), plain λ; 0–1e6. Not together with
   * `unobservedWeight`; by default that one weighs.
   */
  readonly alpha?: number;
  /** α₀, 0–1e6: weight of an unobserved cell (Rendle et al. 2022), λ scaled by frequency. Default 1. */
  readonly unobservedWeight?: number;
  /** ν, 0–1: λ_u = λ (|I(u)| + α₀ · other side)^ν. Default 1; 0 with `alpha`. */
  readonly exponent?: number;
  /**
   * How each row's equation is solved. `ew-pcg`: preconditioned conjugate gradient in the eigenbasis of the other
   * side's Gramian; `auto`: the same, and each row ends as soon as little is left to gain; `cg`: plain conjugate
   * gradient; `cholesky`: exact. Default `auto`.
   */
  readonly solver?: SolverName;
  /** Steps a row, 1–64: of `auto` at most; default 3, of `ew-pcg` 2. `cholesky` takes none. */
  readonly cgSteps?: number;
  /** Same seed, same model; an integer from 0 to 2³² − 1; default 1. */
  readonly seed?: number;
  /** Free name written into the model, e.g. the data set's; default empty. */
  readonly name?: string;
}

/** `FitOptions` checked, with every default filled in. */
export interface ResolvedFitOptions {
  readonly settings: ObjectiveSettings;
  /** Null where all interactions weigh alike. */
  readonly weights: WeightOptions | null;
  /** Numbers per factor row. */
  readonly factors: number;
  readonly epochs: number;
  readonly solve: SolveOptions;
  readonly seed: number;
  readonly name: string;
}

/** The names of `FitOptions`, in its order. */
export const fitOptionNames: readonly string[] = Object.keys({
  objective: true,
  feedback: true,
  weights: true,
  factors: true,
  epochs: true,
  regularization: true,
  alpha: true,
  unobservedWeight: true,
  exponent: true,
  solver: true,
  cgSteps: true,
  seed: true,
  name: true,
} satisfies Record<keyof FitOptions, true>);

/** The ranges of the numbers among `FitOptions` and its weights, ends included. */
export const fitRanges = {
  factors: { low: 1, high: 256, integer: true },
  epochs: { low: 1, high: 1000, integer: true },
  regularization: { low: 0, high: 1e9, integer: false },
  alpha: { low: 0, high: 1e6, integer: false },
  unobservedWeight: { low: 0, high: 1e6, integer: false },
  exponent: { low: 0, high: 1, integer: false },
  cgSteps: { low: 1, high: 64, integer: true },
  seed: { low: 0, high: 2 ** 32 - 1, integer: true },
  valueWeight: { low: 0, high: 10, integer: false },
  activityDiscount: { low: 0, high: 1, integer: false },
  popularityDiscount: { low: 0, high: 1, integer: false },
} as const;

/**
 * Checks what a caller asks of `fit` and fills in the defaults.
 *
 * @throws {InvalidOptionError} naming the option, what it was, and its range; or an option that `fit` does not have
 */
export function resolveFitOptions(options: FitOptions = {}): ResolvedFitOptions {
  requireKnownOptions('fit', options, fitOptionNames);
  const objective = oneOf('objective', options.objective ?? 'implicit', ['implicit', 'explicit']);
  const isExplicit = objective === 'explicit';
  const feedback = oneOf('feedback', options.feedback ?? (isExplicit ? 'stars' : 'presence'), [
    'presence',
    'strength',
    'stars',
  ]);
  if (isExplicit && feedback !== 'stars') {
    throw new InvalidOptionError(`feedback must be 'stars' with the explicit objective, got '${feedback}'.`);
  }
  const { alpha, unobservedWeight } = options;
  if (alpha !== undefined && unobservedWeight !== undefined) {
    throw new InvalidOptionError(
      `Give alpha or unobservedWeight, not both: they weigh the same cells, got ${alpha} and ${unobservedWeight}.`,
    );
  }
  for (const name of ['alpha', 'unobservedWeight'] as const) {
    if (options[name] === undefined) continue;
    if (isExplicit) throw new InvalidOptionError(`${name} belongs to the implicit objective; leave it out.`);
    inRange(name, options[name]);
  }
  const solver = oneOf('solver', options.solver ?? 'auto', solverNames);
  type NumberName = keyof typeof fitRanges & keyof FitOptions;
  const number = (name: NumberName, fallback: number): number => inRange(name, options[name] ?? fallback);
  return {
    settings: {
      objective,
      feedback,
      alpha: alpha ?? null,
      unobservedWeight: isExplicit ? 0 : alpha === undefined ? (unobservedWeight ?? 1) : 1,
      regularization: number('regularization', isExplicit ? 0.05 : alpha === undefined ? 0.001 : 0.01),
      exponent: number('exponent', alpha === undefined ? 1 : 0),
    },
    weights: resolveWeights(options.weights, { isExplicit, feedback }),
    factors: number('factors', 64),
    epochs: number('epochs', 12),
    solve: {
      solver,
      cgSteps: number('cgSteps', solver === 'ew-pcg' ? 2 : 3),
    },
    seed: number('seed', 1),
    name: text('name', options.name ?? ''),
  };
}

/** `weights` checked and filled in; null where they weigh all alike. */
function resolveWeights(
  weights: FitOptions['weights'],
  { isExplicit, feedback }: { readonly isExplicit: boolean; readonly feedback: ObjectiveSettings['feedback'] },
): WeightOptions | null {
  if (weights === undefined) return null;
  requireKnownOptions('weights', weights, ['valueWeight', 'activityDiscount', 'popularityDiscount']);
  if (isExplicit) throw new InvalidOptionError('weights belong to the implicit objective; leave them out.');
  if (feedback !== 'presence') {
    throw new InvalidOptionError(
      `weights make the strengths themselves, so they go with feedback 'presence' only, got '${feedback}'. ` +
        'Leave one of the two out.',
    );
  }
  const resolved: WeightOptions = {
    valueWeight: inRange('valueWeight', weights.valueWeight ?? 0),
    activityDiscount: inRange('activityDiscount', weights.activityDiscount ?? 0),
    popularityDiscount: inRange('popularityDiscount', weights.popularityDiscount ?? 0),
  };
  return Object.values(resolved).every((weight) => weight === 0) ? null : resolved;
}

/** A number in the range that `fitRanges` has for it. */
function inRange(name: keyof typeof fitRanges, value: unknown): number {
  const range = fitRanges[name];
  return range.integer ? integerWithin(name, value, range) : numberWithin(name, value, range);
}

/** @throws {InvalidOptionError} not an integer within the range */
export function integerWithin(name: string, value: unknown, range: { low: number; high?: number }): number {
  const { low, high = Number.MAX_SAFE_INTEGER } = range;
  if (Number.isInteger(value) && (value as number) >= low && (value as number) <= high) return value as number;
  throw new InvalidOptionError(`${name} must be an integer from ${low} to ${high}, got ${shown(value)}.`);
}

function numberWithin(name: string, value: unknown, range: { low: number; high: number }): number {
  if (typeof value === 'number' && value >= range.low && value <= range.high) return value;
  throw new InvalidOptionError(`${name} must be a number from ${range.low} to ${range.high}, got ${shown(value)}.`);
}

/** @throws {InvalidOptionError} naming the choices */
export function oneOf<const Choice extends string>(name: string, value: unknown, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new InvalidOptionError(
    `${name} must be ${choices.map((choice) => `'${choice}'`).join(' or ')}, got ${shown(value)}.`,
  );
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new InvalidOptionError(`${name} must be a string, got ${shown(value)}.`);
}
