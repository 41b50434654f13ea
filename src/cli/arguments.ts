import { parseArgs, type ParseArgsConfig } from 'node:util';

/** A command line that cannot be followed; the message says which argument and what it may be. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** What `parseArguments` found of text arguments. */
export type ArgumentValues<Options> = { readonly [Name in keyof Options]?: string | undefined };

/**
 * `parseArgs` of Node, strict and without positional arguments.
 *
 * @throws {UsageError} an unknown argument, or one without its value
 */
export function parseArguments<const T extends Options>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** Where seeds lie. */
export const seedRange = { low: 0, high: 2 ** 32 - 1, integer: true } as const;

/** @throws {UsageError} not a number in the range, or not whole where it has to be */
export function numberArgument(
  name: string,
  {
    text,
    low,
    high,
    integer,
  }: { readonly text: string; readonly low: number; readonly high: number; readonly integer: boolean },
): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= low && value <= high) || (integer && !Number.isInteger(value))) {
    const kind = integer ? 'a whole number' : 'a number';
    throw new UsageError(`--${name} must be ${kind} from ${low} to ${high}, got ${JSON.stringify(text)}.`);
  }
  return value;
}

/** Whole numbers from 0 on, parted by commas, each once. @throws {UsageError} anything else */
export function wholeNumbersArgument(name: string, text: string): number[] {
  const numbers = text
    .split(',')
    .map((part) => numberArgument(name, { text: part, low: 0, high: 1000, integer: true }));
  return [...new Set(numbers)];
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
