import type { BackendKind } from '../../backends/backend.ts';
import type { DataArguments } from '../read/data-arguments.ts';
import { fitArgumentWords, type FitSettings } from '../train/fit-arguments.ts';

/** What to evaluate, and how. */
export interface CommandLineOf {
  readonly data: DataArguments;
  readonly settings: FitSettings;
  /** Only this fold of the strong protocol; null for all, and for protocols without folds. */
  readonly fold: number | null;
  readonly metric: string;
  readonly backend: BackendKind;
}

/** The `pocketrec evaluate` command that a shell takes; what is the default is left out, but for factors, λ and epochs. */
export function evaluateCommandLine({ data, settings, fold, metric, backend }: CommandLineOf): string {
  const words: string[] = ['pocketrec', 'evaluate', '--train', data.train];
  const add = (name: string, value: string | number | null, standard: string | number | null): void => {
    if (value !== standard && value !== null) words.push(`--${name}`, String(value));
  };
  const { protocol } = data;
  switch (protocol.kind) {
    case 'test':
      words.push('--test', protocol.test ?? 'TEST_FILE');
      break;
    case 'time':
      words.push('--split-time', String('share' in protocol.cut ? protocol.cut.share : protocol.cut.time));
      break;
    case 'strong': {
      const { split } = protocol;
      words.push('--protocol', 'strong');
      if (split !== 'own') {
        if ('file' in split) words.push('--split', split.file);
        else {
          words.push('--fold-count', String(split.foldCount), '--held-out', String(split.heldOut));
          words.push('--split-seed', String(split.seed));
        }
      }
      add('folds', fold, null);
      break;
    }
    default:
      throw new Error(`Internal: protocol ${protocol satisfies never} has no command.`);
  }
  add('format', data.format, 'csv');
  add('min-value', data.minimumValue, null);
  add('unseen-items', data.unseenItems, 'keep');
  words.push(...fitArgumentWords(settings));
  add('backend', backend, 'cpu');
  words.push('--metrics', metric);
  return words.map(quoted).join(' ');
}

/** A word as a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
