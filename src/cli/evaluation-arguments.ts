import { type Precision, precisions, type SolverName, solverNames } from '../engine/backend.ts';
import type { WeightOptions } from '../engine/evaluation/interaction-weights.ts';
import type { AlsTraining } from '../engine/evaluation/train-als.ts';
import type { TimeCut } from '../engine/evaluation/time-split.ts';
import { numberArgument, UsageError, wholeNumbersArgument } from './arguments.ts';
import { parseTime } from './parse-time.ts';
import { type InteractionFormat, interactionFormats } from './read-interactions.ts';

/** Arguments that say what is trained on and what is tested. */
export const dataOptions = {
  train: { type: 'string' },
  test: { type: 'string' },
  format: { type: 'string' },
  protocol: { type: 'string' },
  'split-time': { type: 'string' },
  split: { type: 'string' },
  folds: { type: 'string' },
  'fold-count': { type: 'string' },
  'held-out': { type: 'string' },
  'split-seed': { type: 'string' },
  'min-value': { type: 'string' },
  'unseen-items': { type: 'string', default: 'keep' },
} as const;

/** Arguments that say how to train, without what `tune` searches. */
export const keptFitArguments = {
  iterations: { type: 'string' },
  seed: { type: 'string' },
  solver: { type: 'string' },
  precision: { type: 'string' },
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

type Values<Options> = { readonly [Name in keyof Options]?: string | undefined };

/** How the strong protocol's split comes about. */
export type SplitSource =
  | { readonly file: string }
  | { readonly foldCount: number; readonly heldOut: number; readonly seed: number }
  /** The one that lies beside the data set's ratings. */
  | 'own';

/** A file's layout, or `dataset`: the folder of a data set as `npm run data` writes it. */
export type SourceFormat = InteractionFormat | 'dataset';

/** What is trained on and what is tested. */
export interface DataArguments {
  /** A file or, with the format `dataset`, a folder. */
  readonly train: string;
  readonly format: SourceFormat;
  readonly minimumValue: number | null;
  readonly unseenItems: 'keep' | 'drop';
  readonly protocol:
    | { readonly kind: 'test'; readonly test: string | null }
    | { readonly kind: 'time'; readonly cut: TimeCut }
    | { readonly kind: 'strong'; readonly split: SplitSource; readonly folds: readonly number[] | null };
  /** Share held out of the training data by `tune`, and by a seeded split. */
  readonly heldOut: number;
  readonly splitSeed: number;
  readonly foldCount: number;
}

/** How to train: the α₀ form, or with `alpha` the form of Hu, Koren and Volinsky. */
export interface FitArguments {
  readonly factors: number;
  /** α₀; null where `alpha` is given. */
  readonly alpha0: number | null;
  readonly alpha: number | null;
  readonly regularization: number;
  readonly exponent: number;
  readonly iterations: number;
  readonly seed: number;
  readonly solver: SolverName | null;
  /** What a GPU reads of the fixed side; null: the engine's choice. */
  readonly precision: Precision | null;
  readonly feedback: 'presence' | 'strength' | 'stars';
  /** As `WeightOptions` has them; all 0: `feedback` decides. */
  readonly valueWeight: number;
  readonly activityDiscount: number;
  readonly popularityDiscount: number;
}

/** What is trained where the arguments say nothing else. */
export const defaultFit: FitArguments = {
  factors: 64,
  alpha0: 0.3,
  alpha: null,
  regularization: 0.003,
  exponent: 1,
  iterations: 16,
  seed: 1,
  solver: null,
  precision: null,
  feedback: 'presence',
  valueWeight: 0,
  activityDiscount: 0,
  popularityDiscount: 0,
};

/** The ranges of the numeric fit arguments. */
export const fitRanges = {
  factors: { low: 1, high: 256, integer: true },
  alpha0: { low: 0, high: 1e6, integer: false },
  alpha: { low: 0, high: 1e6, integer: false },
  regularization: { low: 0, high: 1e9, integer: false },
  exponent: { low: 0, high: 1, integer: false },
  iterations: { low: 1, high: 1000, integer: true },
  seed: { low: 0, high: 2 ** 32 - 1, integer: true },
} as const;

/**
 * Reads the data arguments.
 *
 * @param options.needsTest whether the protocol `test` needs `--test`: true for `evaluate`
 * @throws {UsageError} naming the argument, what it was, and what it may be
 */
export function parseDataArguments(
  values: Values<typeof dataOptions>,
  { needsTest, defaultFolder }: { readonly needsTest: boolean; readonly defaultFolder: string },
): DataArguments {
  const heldOut = shareArgument('held-out', values['held-out'] ?? '0.2');
  const splitSeed = numberArgument('split-seed', { text: values['split-seed'] ?? '1', ...fitRanges.seed });
  const foldCount = numberArgument('fold-count', {
    text: values['fold-count'] ?? '5',
    low: 2,
    high: 1000,
    integer: true,
  });
  const kind = protocolOf(values);
  const train = values.train ?? (kind === 'strong' ? defaultFolder : undefined);
  if (train === undefined) throw new UsageError('--train must name a file of interactions.');
  const isOwn = values.train === undefined;
  const format = choiceArgument('format', values.format ?? (isOwn ? 'dataset' : 'csv'), [
    ...interactionFormats,
    'dataset',
  ]);
  const common = {
    train,
    format,
    minimumValue:
      values['min-value'] === undefined
        ? null
        : numberArgument('min-value', { text: values['min-value'], low: -1e30, high: 1e30, integer: false }),
    unseenItems: choiceArgument('unseen-items', values['unseen-items'] ?? 'keep', ['keep', 'drop']),
    heldOut,
    splitSeed,
    foldCount,
  };
  switch (kind) {
    case 'strong': {
      const isSeeded = ['fold-count', 'held-out', 'split-seed'].some(
        (name) => values[name as keyof typeof dataOptions] !== undefined,
      );
      if (isSeeded && values.split !== undefined) {
        throw new UsageError(
          '--split names a fixed split; --fold-count, --held-out and --split-seed make another one.',
        );
      }
      const split: SplitSource =
        values.split !== undefined
          ? { file: values.split }
          : format === 'dataset' && !isSeeded
            ? 'own'
            : { foldCount, heldOut, seed: splitSeed };
      const folds = values.folds === undefined ? null : wholeNumbersArgument('folds', values.folds);
      return { ...common, protocol: { kind, split, folds } };
    }
    case 'time':
      return { ...common, protocol: { kind, cut: timeCutArgument(values['split-time']!) } };
    case 'test': {
      if (needsTest && values.test === undefined) {
        throw new UsageError('Say what to test on: --test FILE, --split-time DATE|SHARE, or --protocol strong.');
      }
      return { ...common, protocol: { kind, test: values.test ?? null } };
    }
    default:
      throw new Error(`Internal: protocol ${kind satisfies never} has no arguments.`);
  }
}

function protocolOf(values: Values<typeof dataOptions>): 'test' | 'time' | 'strong' {
  const named =
    values.protocol === undefined ? null : choiceArgument('protocol', values.protocol, ['test', 'time', 'strong']);
  const implied = values['split-time'] !== undefined ? 'time' : values.test !== undefined ? 'test' : (named ?? 'test');
  if (values['split-time'] !== undefined && values.test !== undefined) {
    throw new UsageError('--test and --split-time are two ways to get a test part; give one of them.');
  }
  if (named !== null && named !== implied) {
    const given = implied === 'time' ? '--split-time' : '--test';
    throw new UsageError(`${given} does not belong to --protocol ${named}.`);
  }
  if (named === 'time' && values['split-time'] === undefined) {
    throw new UsageError('--protocol time needs --split-time DATE|SHARE.');
  }
  if (implied !== 'strong') {
    for (const name of ['split', 'folds', 'fold-count'] as const) {
      if (values[name] !== undefined) throw new UsageError(`--${name} belongs to --protocol strong.`);
    }
  }
  return implied;
}

/**
 * Reads the fit arguments; what is not given is as in `base`.
 *
 * @throws {UsageError} naming the argument, what it was, and what it may be
 */
export function parseFitArguments(values: Values<typeof fitArguments>, base: FitArguments = defaultFit): FitArguments {
  const number = (name: keyof typeof fitRanges): number | undefined => {
    const text = values[name];
    return text === undefined ? undefined : numberArgument(name, { text, ...fitRanges[name] });
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
    alpha0: alpha === null ? (number('alpha0') ?? base.alpha0 ?? defaultFit.alpha0) : null,
    alpha,
    regularization: number('regularization') ?? regularization,
    exponent: number('exponent') ?? exponent,
    iterations: number('iterations') ?? base.iterations,
    seed: number('seed') ?? base.seed,
    solver: values.solver === undefined ? base.solver : choiceArgument('solver', values.solver, solverNames),
    precision:
      values.precision === undefined ? base.precision : choiceArgument('precision', values.precision, precisions),
    feedback,
    ...weights,
  };
}

/** The arguments as `trainAls` takes them. */
export function trainingOf({
  alpha0,
  alpha,
  solver,
  precision,
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
    ...(alpha0 !== null && { unobservedWeight: alpha0 }),
    ...(solver !== null && { solver }),
    ...(precision !== null && { precision }),
    ...(isWeighed(weights) && { weights }),
  } satisfies Omit<AlsTraining, 'backend'>;
}

function isWeighed({ valueWeight, activityDiscount, popularityDiscount }: WeightOptions): boolean {
  return valueWeight > 0 || activityDiscount > 0 || popularityDiscount > 0;
}

/** @throws {UsageError} none of the choices */
export function choiceArgument<const Choice extends string>(
  name: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new UsageError(`--${name} must be ${choices.join(' or ')}, got ${JSON.stringify(text)}.`);
}

function shareArgument(name: string, text: string): number {
  const share = numberArgument(name, { text, low: 0, high: 1, integer: false });
  if (share > 0 && share < 1) return share;
  throw new UsageError(`--${name} must be above 0 and below 1, got ${JSON.stringify(text)}.`);
}

function timeCutArgument(text: string): TimeCut {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (number > 0 && number < 1) return { share: number };
  const time = Number.isFinite(number) && number >= 1 && !/^\d{4}$/u.test(text) ? number : parseTime(text);
  if (!Number.isNaN(time)) return { time };
  throw new UsageError(
    '--split-time must be a date (2015-08-01, or with a time of day), seconds since 1970, or a share above 0 and ' +
      `below 1, got ${JSON.stringify(text)}.`,
  );
}
