import type { TimeCut } from '../../evaluation/time-split.ts';
import {
  type ArgumentValues,
  choiceArgument,
  numberArgument,
  seedRange,
  UsageError,
  wholeNumbersArgument,
} from '../arguments.ts';
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

/**
 * Reads the data arguments.
 *
 * @param options.needsTest whether the protocol `test` needs `--test`: true for `evaluate`
 * @throws {UsageError} naming the argument, what it was, and what it may be
 */
export function parseDataArguments(
  values: ArgumentValues<typeof dataOptions>,
  { needsTest, defaultFolder }: { readonly needsTest: boolean; readonly defaultFolder: string },
): DataArguments {
  const heldOut = shareArgument('held-out', values['held-out'] ?? '0.2');
  const splitSeed = numberArgument('split-seed', { text: values['split-seed'] ?? '1', ...seedRange });
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

function protocolOf(values: ArgumentValues<typeof dataOptions>): 'test' | 'time' | 'strong' {
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
