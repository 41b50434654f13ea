import { type Precision, precisions, type SolveOptions, type SolverName, solverNames } from '../backends/backend.ts';
import { InvalidOptionError, shown } from '../errors.ts';
import type { ObjectiveSettings } from './row-equations.ts';

/** What to train, and how: every field has a default. */
export interface FitOptions {
  /** `implicit` (default): what was chosen; `explicit`: stars, with biases. */
  readonly objective?: 'implicit' | 'explicit';
  /**
   * What the values are. `presence`: every entry counts 1 whatever its value. `strength`: signed, negative is a
   * dislike. `stars`: 0.5–5. Default `presence` for implicit, `stars` for explicit.
   */
  readonly feedback?: 'presence' | 'strength' | 'stars';
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
  /**
   * What a GPU reads of the side that stays fixed while the other is solved: float16 copies, half the bytes, or the
   * float32 factors themselves. Arithmetic and the model are float32 with both. Default `auto`: float16 on a GPU, float32
   * on a software adapter, on the CPU, and where solves are exact.
   */
  readonly precision?: Precision;
  /** Same seed, same model; an integer from 0 to 2³² − 1; default 1. */
  readonly seed?: number;
  /** Free name written into the model, e.g. the data set's; default empty. */
  readonly name?: string;
}

/** `FitOptions` checked, with every default filled in. */
export interface ResolvedFitOptions {
  readonly settings: ObjectiveSettings;
  /** Numbers per factor row. */
  readonly factors: number;
  readonly epochs: number;
  readonly solve: SolveOptions;
  readonly seed: number;
  readonly name: string;
}

/**
 * Checks what a caller asks of `fit` and fills in the defaults.
 *
 * @throws {InvalidOptionError} naming the option, what it was, and its range
 */
export function resolveFitOptions(options: FitOptions = {}): ResolvedFitOptions {
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
    numberWithin(name, options[name], { low: 0, high: 1e6 });
  }
  const solver = oneOf('solver', options.solver ?? 'auto', solverNames);
  type Name = keyof FitOptions;
  const number = (name: Name, fallback: number, high: number): number =>
    numberWithin(name, options[name] ?? fallback, { low: 0, high });
  const integer = (name: Name, fallback: number, range: { low: number; high: number }): number =>
    integerWithin(name, options[name] ?? fallback, range);
  return {
    settings: {
      objective,
      feedback,
      alpha: alpha ?? null,
      unobservedWeight: isExplicit ? 0 : alpha === undefined ? (unobservedWeight ?? 1) : 1,
      regularization: number('regularization', isExplicit ? 0.05 : alpha === undefined ? 0.001 : 0.01, 1e9),
      exponent: number('exponent', alpha === undefined ? 1 : 0, 1),
    },
    factors: integer('factors', 64, { low: 1, high: 256 }),
    epochs: integer('epochs', 12, { low: 1, high: 1000 }),
    solve: {
      solver,
      cgSteps: integer('cgSteps', solver === 'ew-pcg' ? 2 : 3, { low: 1, high: 64 }),
      precision: oneOf('precision', options.precision ?? 'auto', precisions),
    },
    seed: integer('seed', 1, { low: 0, high: 2 ** 32 - 1 }),
    name: text('name', options.name ?? ''),
  };
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
