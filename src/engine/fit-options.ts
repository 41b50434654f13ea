import { InvalidOptionError } from '../errors.ts';
import { solverNames, type SolveOptions } from './backend.ts';
import type { FitOptions } from './recommendation.ts';
import type { ObjectiveSettings } from './row-equations.ts';

/** `FitOptions` checked, with every default filled in. */
export interface ResolvedFitOptions {
  readonly settings: ObjectiveSettings;
  /** Numbers per factor row. */
  readonly rank: number;
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
      `alpha and unobservedWeight are two ways to weigh the same cells, got alpha ${alpha} and unobservedWeight ` +
        `${unobservedWeight}. Give one of them.`,
    );
  }
  if (isExplicit && (alpha !== undefined || unobservedWeight !== undefined)) {
    throw new InvalidOptionError(
      `${alpha === undefined ? 'unobservedWeight' : 'alpha'} belongs to the implicit objective; the explicit one ` +
        'counts observed ratings only. Leave it out.',
    );
  }
  if (alpha !== undefined) numberWithin('alpha', alpha, { low: 0, high: 1e6 });
  if (unobservedWeight !== undefined) numberWithin('unobservedWeight', unobservedWeight, { low: 0, high: 1e6 });
  const defaultRegularization = isExplicit ? 0.05 : alpha === undefined ? 0.001 : 0.01;
  return {
    settings: {
      objective,
      feedback,
      alpha: alpha ?? null,
      alpha0: isExplicit ? 0 : alpha === undefined ? (unobservedWeight ?? 1) : 1,
      regularization: numberWithin('regularization', options.regularization ?? defaultRegularization, {
        low: 0,
        high: 1e9,
      }),
      exponent: numberWithin('exponent', options.exponent ?? (alpha === undefined ? 1 : 0), { low: 0, high: 1 }),
    },
    rank: integerWithin('factors', options.factors ?? 64, { low: 1, high: 256 }),
    epochs: integerWithin('iterations', options.iterations ?? 12, { low: 1, high: 1000 }),
    solve: {
      solver: oneOf('solver', options.solver ?? 'cg', solverNames),
      cgSteps: integerWithin('cgSteps', options.cgSteps ?? 3, { low: 1, high: 64 }),
    },
    seed: integerWithin('seed', options.seed ?? 1, { low: 0, high: 2 ** 32 - 1 }),
    name: text('name', options.name ?? ''),
  };
}

/** @throws {InvalidOptionError} not an integer within the range */
export function integerWithin(name: string, value: unknown, range: { low: number; high: number }): number {
  if (Number.isInteger(value) && (value as number) >= range.low && (value as number) <= range.high) {
    return value as number;
  }
  throw new InvalidOptionError(`${name} must be an integer from ${range.low} to ${range.high}, got ${shown(value)}.`);
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

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
