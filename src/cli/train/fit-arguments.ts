import { solverNames } from '../../backends/backend.ts';
import { type FitOptions, fitRanges } from '../../model/fit-options.ts';
import type { WeightOptions } from '../../model/interaction-weights.ts';
import { type ArgumentValues, choiceArgument, numberArgument, UsageError } from '../arguments.ts';

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

/** What `fitArguments`, `--tuned` and `--backend` are, as `--help` prints it. */
export const fitUsage = `  --factors 64  --alpha0 .3  --regularization .003  --exponent 1  --epochs 16  --seed 1
  --alpha A                       confidence 1 + A · value and plain λ (default .01) instead of α₀
  --solver NAME                   default: the engine's
  --feedback presence|strength|stars   what values mean; default presence: every row counts 1
  --value-weight W  --activity-discount D  --popularity-discount P
                                  weights from values, users' activity and items' popularity; default 0
  --tuned FILE                    settings as pocketrec tune --json prints them; arguments given here win
  --backend cpu|webgpu            default cpu
`;

/** What the numbers among `FitOptions` and its weights are called on a command line. */
const argumentNames = {
  factors: 'factors',
  unobservedWeight: 'alpha0',
  alpha: 'alpha',
  regularization: 'regularization',
  exponent: 'exponent',
  epochs: 'epochs',
  seed: 'seed',
  valueWeight: 'value-weight',
  activityDiscount: 'activity-discount',
  popularityDiscount: 'popularity-discount',
} as const satisfies Partial<Record<keyof typeof fitRanges, keyof typeof fitArguments>>;

/** `FitOptions` in which a report or a command leaves nothing of this to a default. */
export type FitSettings = FitOptions &
  Required<Pick<FitOptions, 'factors' | 'regularization' | 'exponent' | 'epochs' | 'seed' | 'feedback'>>;

/** What is trained where the arguments say nothing else. */
export const defaultFit = {
  factors: 64,
  unobservedWeight: 0.3,
  regularization: 0.003,
  exponent: 1,
  epochs: 16,
  seed: 1,
  feedback: 'presence',
} as const satisfies FitSettings;

/** The form of Hu, Koren and Volinsky regularizes by plain λ. */
const defaultAlphaForm = { regularization: 0.01, exponent: 0 };

/**
 * Reads the fit arguments; what is not given is as in `base`, or else as in `defaultFit`.
 *
 * @throws {UsageError} naming the argument, what it was, and what it may be
 */
export function parseFitArguments(
  values: ArgumentValues<typeof fitArguments>,
  base: FitOptions = defaultFit,
): FitSettings {
  const number = (name: keyof typeof argumentNames): number | undefined => {
    const argument = argumentNames[name];
    const text = values[argument];
    return text === undefined ? undefined : numberArgument(argument, { text, ...fitRanges[name] });
  };
  if (values.alpha !== undefined && values.alpha0 !== undefined) {
    throw new UsageError('--alpha and --alpha0 are two ways to weigh the same cells; give one of them.');
  }
  const { alpha: baseAlpha, unobservedWeight: baseWeight, weights: baseWeights, ...kept } = base;
  const alpha = values.alpha0 === undefined ? (number('alpha') ?? baseAlpha) : undefined;
  // The other form's λ and ν mean something else: its own defaults take their place.
  const ofForm = alpha === undefined ? defaultFit : defaultAlphaForm;
  const isOtherForm = (alpha === undefined) !== (baseAlpha === undefined);
  const { regularization = ofForm.regularization, exponent = ofForm.exponent } = isOtherForm ? ofForm : base;
  const feedback = choiceArgument('feedback', values.feedback ?? base.feedback ?? defaultFit.feedback, [
    'presence',
    'strength',
    'stars',
  ]);
  const weights = {
    valueWeight: number('valueWeight') ?? baseWeights?.valueWeight ?? 0,
    activityDiscount: number('activityDiscount') ?? baseWeights?.activityDiscount ?? 0,
    popularityDiscount: number('popularityDiscount') ?? baseWeights?.popularityDiscount ?? 0,
  };
  if (feedback !== 'presence' && isWeighed(weights)) {
    throw new UsageError(
      `--value-weight, --activity-discount and --popularity-discount make weights of their own; leave --feedback ` +
        `${feedback} out.`,
    );
  }
  return {
    ...kept,
    factors: number('factors') ?? base.factors ?? defaultFit.factors,
    ...(alpha === undefined
      ? { unobservedWeight: number('unobservedWeight') ?? baseWeight ?? defaultFit.unobservedWeight }
      : { alpha }),
    regularization: number('regularization') ?? regularization,
    exponent: number('exponent') ?? exponent,
    epochs: number('epochs') ?? base.epochs ?? defaultFit.epochs,
    seed: number('seed') ?? base.seed ?? defaultFit.seed,
    feedback,
    ...(isWeighed(weights) && { weights }),
    ...(values.solver !== undefined && { solver: choiceArgument('solver', values.solver, solverNames) }),
  };
}

/**
 * The words that `parseFitArguments` reads these settings from; what is the default is left out, but for factors, λ
 * and epochs.
 */
export function fitArgumentWords(settings: FitSettings): string[] {
  const words: string[] = [];
  const add = (name: keyof typeof fitArguments, value: string | number | undefined, standard?: string | number) => {
    if (value !== undefined && value !== standard) words.push(`--${name}`, String(value));
  };
  add('factors', settings.factors);
  add('alpha0', settings.unobservedWeight);
  add('alpha', settings.alpha);
  add('regularization', settings.regularization);
  add('exponent', settings.exponent, (settings.alpha === undefined ? defaultFit : defaultAlphaForm).exponent);
  add('epochs', settings.epochs);
  add('seed', settings.seed, defaultFit.seed);
  add('solver', settings.solver);
  add('feedback', settings.feedback, defaultFit.feedback);
  add('value-weight', settings.weights?.valueWeight, 0);
  add('activity-discount', settings.weights?.activityDiscount, 0);
  add('popularity-discount', settings.weights?.popularityDiscount, 0);
  return words;
}

/** Whether any of the weights is not 0. */
export function isWeighed(weights: WeightOptions): boolean {
  return Object.values(weights).some((weight) => weight > 0);
}
