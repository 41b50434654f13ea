import { InvalidDataError, shown } from '../errors.ts';
import { CsrMatrix } from './csr-matrix.ts';

/** Training data in columns: in entry `n`, user `users[n]` gave item `itemIds[items[n]]` the value `values[n]`. */
export interface Interactions {
  /** The id of each item row: not empty, and unique. */
  readonly itemIds: readonly string[];
  /** The number of user rows. A user may have no entries. */
  readonly userCount: number;
  /** The user row of each entry, below `userCount`. */
  readonly users: Uint32Array;
  /** The item row of each entry, below the length of `itemIds`. */
  readonly items: Uint32Array;
  /** One finite value per entry; `FitOptions.feedback` says what it means. */
  readonly values: Float32Array;
}

/**
 * Training data as a matrix, users × items. If a pair of user and item occurs twice, the later entry counts.
 *
 * @throws {InvalidDataError} `userCount` is not a whole number of 0 or more, columns have the wrong type or different
 *   lengths, a row is outside its count, or a value is not finite
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
