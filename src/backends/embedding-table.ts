/** The rows of an embedding table. */
export interface EmbeddingRows {
  /** Numbers per row. */
  readonly factors: number;
  readonly rowCount: number;
  /** `rowCount × factors`, row-major; copied, not changed. */
  readonly rows: Float32Array;
}

/** Bags of weighted rows. A row may be in several bags, and several times in one bag. */
export interface EmbeddingBags {
  /**
   * `bagCount + 1` positions in `rows` and `weights`; bag `n` begins at `offsets[n]` and ends before `offsets[n + 1]`.
   */
  readonly offsets: Uint32Array;
  readonly rows: Uint32Array;
  /** One weight for each of `rows`. */
  readonly weights: Float32Array;
  /** `sum`: Σ w y. `mean`: Σ w y / Σ w. */
  readonly mode: 'sum' | 'mean';
}

/** Look-ups in rows of factors. A row number outside the table rejects with a `RangeError` that names it. */
export interface EmbeddingLookups {
  /** Copies of the given rows, in the given order: `rows.length × factors`. */
  gather(rows: Uint32Array): Promise<Float32Array>;
  /** The sum or mean of each bag, `bagCount × factors`. Empty bags give zeros, and so do means with Σ w = 0. */
  bag(bags: EmbeddingBags): Promise<Float32Array>;
}

/** Rows of factors that one back end holds for look-ups: users, items or other embeddings of a model. */
export interface EmbeddingTable extends EmbeddingLookups {
  /** Frees the rows once all earlier calls have ended; later calls reject with `DisposedError`. */
  dispose(): void;
}

/**
 * Checks row numbers, because kernels would read whatever lies at a row outside the table.
 *
 * @throws {RangeError} a row is not below `rowCount`
 */
export function requireRows(rows: Uint32Array, rowCount: number): void {
  const row = rows.find((candidate) => candidate >= rowCount);
  if (row !== undefined) throw new RangeError(`Internal: row ${row} is outside the ${rowCount} rows.`);
}
