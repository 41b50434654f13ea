import * as v from 'valibot';
import { parseJsonAs } from './catalogue.ts';

const nonEmpty = v.pipe(v.string(), v.nonEmpty());

const splitSchema = v.object({
  format: v.literal('pocketrec-strong-split'),
  version: v.literal(1),
  users: v.array(
    v.object({
      user: nonEmpty,
      fold: v.pipe(v.number(), v.integer(), v.minValue(0)),
      targets: v.pipe(v.array(nonEmpty), v.minLength(1)),
    }),
  ),
});

/** One user's part in the split; ids as text. */
export interface SplitUser {
  readonly user: string;
  /** From 0. A model that ranks for this user was trained on the users of the other folds. */
  readonly fold: number;
  /** Films held out; all others that the user rated are what the model is told of the user. */
  readonly targets: readonly string[];
}

/** `strong-split.json`, one user a line. */
export function encodeStrongSplit(users: readonly SplitUser[]): string {
  const lines = users.map(({ user, fold, targets }) => JSON.stringify({ user, fold, targets }));
  return `{"format":"pocketrec-strong-split","version":1,"users":[\n${lines.join(',\n')}\n]}\n`;
}

/** @throws {InvalidDataError} not JSON, another format or version, or a field that is missing or wrong */
export function decodeStrongSplit(text: string): SplitUser[] {
  return parseJsonAs(splitSchema, { file: 'strong-split.json', text }).users;
}
