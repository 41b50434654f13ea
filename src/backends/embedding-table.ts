/** What an embedding table is made from. */
export interface EmbeddingRows {
  /** How many numbers a row has. */
  readonly factors: number;
  readonly rowCount: number;
  /** `rowCount × factors`, row-major; copied, not changed. */
  readonly rows: Float32Array;
}

/** Bags of rows, each with a weight; a row may be in many bags, and in one bag more than once. */
export interface EmbeddingBags {
  /** `bagCount + 1` positions in `rows` and `weights`; bag `n` is from `offsets[n]` to before `offsets[n + 1]`. */
  readonly offsets: Uint32Array;
  readonly rows: Uint32Array;
  /** One number for each of `rows`. */
  readonly weights: Float32Array;
  /** `sum`: Σ w y. `mean`: Σ w y / Σ w. */
  readonly mode: 'sum' | 'mean';
}

/** What can be looked up in rows of factors. A row number outside the table is a `RangeError` that names it. */
export interface EmbeddingLookups {
  /** Copies of the given rows, in the given order: `rows.length × factors`. */
  gather(rows: Uint32Array): Promise<Float32Array>;
  /** The sum or mean of each bag, `bagCount × factors`. An empty bag gives zeros, and so does a mean where Σ w is 0. */
  bag(bags: EmbeddingBags): Promise<Float32Array>;
}

/** Rows of factors that one back end holds to be looked up: users, items, or whatever else a model has. */
export interface EmbeddingTable extends EmbeddingLookups {
  /** Frees the rows once the calls made so far have ended; later calls reject with `DisposedError`. */
  dispose(): void;
}

/** Kernels read whatever a row number points at, so rows are checked before. @throws {RangeError} */
export function requireRows(rows: Uint32Array, rowCount: number): void {
  const row = rows.find((candidate) => candidate >= rowCount);
  if (row !== undefined) throw new RangeError(`Internal: row ${row} is outside the ${rowCount} rows.`);
}
