/** Training data by column: entry `n` says that user `users[n]` gave item `itemIds[items[n]]` the value `values[n]`. */
export interface Interactions {
  readonly itemIds: readonly string[];
  readonly userCount: number;
  /** User rows, each < `userCount`. */
  readonly users: Uint32Array;
  /** Item rows, each < `itemIds.length`. */
  readonly items: Uint32Array;
  readonly values: Float32Array;
}
