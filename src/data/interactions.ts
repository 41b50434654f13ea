import { InvalidDataError, shown } from '../errors.ts';
import { CsrMatrix } from './csr-matrix.ts';

/** Training data by column: entry `n` says that user `users[n]` gave item `itemIds[items[n]]` the value `values[n]`. */
export interface Interactions {
  /** The id of each item row: not empty, no id twice. */
  readonly itemIds: readonly string[];
  /** How many user rows there are. A user without entries is allowed. */
  readonly userCount: number;
  /** The user row of each entry, below `userCount`. */
  readonly users: Uint32Array;
  /** The item row of each entry, below the length of `itemIds`. */
  readonly items: Uint32Array;
  /** One finite value per entry; `FitOptions.feedback` says what it means. */
  readonly values: Float32Array;
}

/**
 * Training data as a matrix, users × items. Where a user and an item stand twice the later entry wins.
 *
 * @throws {InvalidDataError} a count of users that is none, columns of another type or of different lengths, a row outside its count, or
 *   a value that is not finite
 */
export function interactionMatrix({ itemIds, userCount, users, items, values }: Interactions): CsrMatrix {
  if (!Number.isInteger(userCount) || userCount < 0) {
    throw new InvalidDataError(`userCount must be an integer of 0 or more, got ${userCount}.`);
  }
  for (const [name, column, type] of [
    ['users', users, Uint32Array],
    ['items', items, Uint32Array],
    ['values', values, Float32Array],
  ] as const) {
    if (!(column instanceof type)) {
      throw new InvalidDataError(`${name} must be a ${type.name}, got ${shown(column)}.`);
    }
  }
  if (!Array.isArray(itemIds)) throw new InvalidDataError(`itemIds must be an array of ids, got ${shown(itemIds)}.`);
  return CsrMatrix.fromTriplets({
    rowCount: userCount,
    columnCount: itemIds.length,
    rows: users,
    columns: items,
    values,
  });
}
