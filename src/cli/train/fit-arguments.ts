import { type SolverName, solverNames } from '../../backends/backend.ts';
import type { WeightOptions } from '../../model/interaction-weights.ts';
import type { AlsTraining } from '../../evaluation/train-als.ts';
import { type ArgumentValues, choiceArgument, numberArgument, seedRange, UsageError } from '../arguments.ts';

/** Arguments that say how to train, without what `tune` searches. */
export const keptFitArguments = {
  epochs: { type: 'string' },
  seed: { type: 'string' },
  solver: { type: 'string' },
  feedback: { type: 'string' },
} as const;

/** Arguments that say how to train. */
export const fitArguments = {
  ...keptFitArguments,
  factors: { type: 'string' },
  alpha0: { type: 'string' },
  alpha: { type: 'string' },
  regularization: { type: 'string' },
  exponent: { type: 'string' },
  'value-weight': { type: 'string' },
  'activity-discount': { type: 'string' },
  'popularity-discount': { type: 'string' },
} as const;

/** How to train: the α₀ form, or with `alpha` the form of Hu, Koren and Volinsky. */
export interface FitArguments {
  readonly factors: number;
  /** α₀; null where `alpha` is given. */
  readonly unobservedWeight: number | null;
  readonly alpha: number | null;
  readonly regularization: number;
  readonly exponent: number;
  readonly epochs: number;
  readonly seed: number;
  readonly solver: SolverName | null;
  readonly feedback: 'presence' | 'strength' | 'stars';
  /** As `WeightOptions` has them; all 0: `feedback` decides. */
  readonly valueWeight: number;
  readonly activityDiscount: number;
  readonly popularityDiscount: number;
}

/** What is trained where the arguments say nothing else. */
export const defaultFit: FitArguments = {
  factors: 64,
  unobservedWeight: 0.3,
  alpha: null,
  regularization: 0.003,
  exponent: 1,
  epochs: 16,
  seed: 1,
  solver: null,
  feedback: 'presence',
  valueWeight: 0,
  activityDiscount: 0,
  popularityDiscount: 0,
};

/** The ranges of the numeric fit arguments. */
export const fitRanges = {
  factors: { low: 1, high: 256, integer: true },
  unobservedWeight: { low: 0, high: 1e6, integer: false },
  alpha: { low: 0, high: 1e6, integer: false },
  regularization: { low: 0, high: 1e9, integer: false },
  exponent: { low: 0, high: 1, integer: false },
  epochs: { low: 1, high: 1000, integer: true },
  seed: seedRange,
} as const;

/**
 * Reads the fit arguments; what is not given is as in `base`.
 *
 * @throws {UsageError} naming the argument, what it was, and what it may be
 */
export function parseFitArguments(
  values: ArgumentValues<typeof fitArguments>,
  base: FitArguments = defaultFit,
): FitArguments {
  const number = (name: keyof typeof fitRanges): number | undefined => {
    const argument = name === 'unobservedWeight' ? 'alpha0' : name;
    const text = values[argument];
    return text === undefined ? undefined : numberArgument(argument, { text, ...fitRanges[name] });
  };
  if (values.alpha !== undefined && values.alpha0 !== undefined) {
    throw new UsageError('--alpha and --alpha0 are two ways to weigh the same cells; give one of them.');
  }
  const alpha = values.alpha0 === undefined ? (number('alpha') ?? base.alpha) : null;
  // The other form's λ and ν mean something else: its own defaults take their place.
  const isOtherForm = (alpha === null) !== (base.alpha === null);
  const ofForm = alpha === null ? defaultFit : { regularization: 0.01, exponent: 0 };
  const { regularization, exponent } = isOtherForm ? ofForm : base;
  const feedback = choiceArgument('feedback', values.feedback ?? base.feedback, ['presence', 'strength', 'stars']);
  const weight = (
    name: 'value-weight' | 'activity-discount' | 'popularity-discount',
    high: number,
    fallback: number,
  ): number => {
    const text = values[name];
    return text === undefined ? fallback : numberArgument(name, { text, low: 0, high, integer: false });
  };
  const valueWeight = weight('value-weight', 10, base.valueWeight);
  const activityDiscount = weight('activity-discount', 1, base.activityDiscount);
  const popularityDiscount = weight('popularity-discount', 1, base.popularityDiscount);
  const weights = { valueWeight, activityDiscount, popularityDiscount };
  if (feedback !== 'presence' && isWeighed(weights)) {
    throw new UsageError(
      `--value-weight, --activity-discount and --popularity-discount make weights of their own; leave --feedback ` +
        `${feedback} out.`,
    );
  }
  return {
    factors: number('factors') ?? base.factors,
    unobservedWeight:
      alpha === null ? (number('unobservedWeight') ?? base.unobservedWeight ?? defaultFit.unobservedWeight) : null,
    alpha,
    regularization: number('regularization') ?? regularization,
    exponent: number('exponent') ?? exponent,
    epochs: number('epochs') ?? base.epochs,
    seed: number('seed') ?? base.seed,
    solver: values.solver === undefined ? base.solver : choiceArgument('solver', values.solver, solverNames),
    feedback,
    ...weights,
  };
}

/** The arguments as `trainAls` takes them. */
export function trainingOf({
  unobservedWeight,
  alpha,
  solver,
  valueWeight,
  activityDiscount,
  popularityDiscount,
  ...rest
}: FitArguments) {
  const weights = { valueWeight, activityDiscount, popularityDiscount };
  return {
    objective: 'implicit',
    ...rest,
    ...(alpha !== null && { alpha }),
    ...(unobservedWeight !== null && { unobservedWeight }),
    ...(solver !== null && { solver }),
    ...(isWeighed(weights) && { weights }),
  } satisfies Omit<AlsTraining, 'backend'>;
}

function isWeighed({ valueWeight, activityDiscount, popularityDiscount }: WeightOptions): boolean {
  return valueWeight > 0 || activityDiscount > 0 || popularityDiscount > 0;
}
