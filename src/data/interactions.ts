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
  /** One finite value an entry; `FitOptions.feedback` says what it means. */
  readonly values: Float32Array;
}
