/** Weighted bags of rows. */
export interface EmbeddingBags {
  /** `bagCount + 1` positions in `rows` and `weights`. */
  readonly offsets: Uint32Array;
  readonly rows: Uint32Array;
  readonly weights: Float32Array;
  readonly mode: 'sum' | 'mean';
}

/** What an embedding table is made from. */
export interface EmbeddingRows {
  /** How many numbers a row has. */
  readonly factors: number;
  readonly rowCount: number;
  /** `rowCount × factors`, row-major; copied, not changed. */
  readonly rows: Float32Array;
}

/** Look-ups in a table of factors. The recommender needs none of them: they are there for models built on factors. */
export interface EmbeddingTable {
  /** The given rows, in the given order: `rows.length × factors`. */
  gather(rows: Uint32Array): Promise<Float32Array>;
  /** One weighted sum or mean a bag, `bagCount × factors`; an empty bag, and a mean of weights that sum to 0, is 0. */
  embeddingBag(bags: EmbeddingBags): Promise<Float32Array>;
  dispose(): void;
}

/** Rows are checked before they reach a kernel, which has no way to say so. */
export function requireRows(rows: Uint32Array, rowCount: number): void {
  const row = rows.find((candidate) => candidate >= rowCount);
  if (row !== undefined) throw new RangeError(`Internal: row ${row} is outside the ${rowCount} rows.`);
}
