import * as v from 'valibot';
import { CsrMatrix } from '../data/csr-matrix.ts';
import { IdIndex } from '../data/id-index.ts';
import { InvalidDataError } from '../errors.ts';
import type { StrongSplit } from './strong-generalization.ts';
import { parseJsonAs } from '../data/movielens/catalogue.ts';

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

/**
 * The split by rows, as `evaluateStrong` takes it.
 *
 * @throws {InvalidDataError} a user or film that the data set does not have, or a user missing or twice
 */
export function strongSplitRows(
  split: readonly SplitUser[],
  { userIds, itemIds }: { readonly userIds: readonly string[]; readonly itemIds: readonly string[] },
): StrongSplit {
  const users = new IdIndex(userIds);
  const items = new IdIndex(itemIds);
  const folds = new Uint32Array(userIds.length);
  const isNamed = new Uint8Array(userIds.length);
  const targetUsers: number[] = [];
  const targetItems: number[] = [];
  for (const { user, fold, targets } of split) {
    const row = users.find(user);
    if (row === undefined || isNamed[row] === 1) {
      throw new InvalidDataError(
        row === undefined
          ? `The split names user ${user}, who is not in the data set.`
          : `The split has user ${user} twice.`,
      );
    }
    for (const target of targets) {
      const item = items.find(target);
      if (item === undefined) {
        throw new InvalidDataError(`The split names film ${target} (user ${user}), which is not in the data set.`);
      }
      targetUsers.push(row);
      targetItems.push(item);
    }
    folds[row] = fold;
    isNamed[row] = 1;
  }
  const missing = userIds.find((_, row) => isNamed[row] === 0);
  if (missing !== undefined) throw new InvalidDataError(`The split has no entry for user ${missing}.`);
  const targets = CsrMatrix.fromTriplets({
    rowCount: userIds.length,
    columnCount: itemIds.length,
    rows: Uint32Array.from(targetUsers),
    columns: Uint32Array.from(targetItems),
    values: new Float32Array(targetItems.length).fill(1),
  });
  return { folds, targets };
}
