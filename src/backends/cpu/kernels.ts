/**
 * The inner loops of the CPU back end, over one block of memory: addresses and distances are in bytes. There are two
 * implementations: WebAssembly with SIMD (`wasm/assembly/`), and TypeScript (`typescript-kernels.ts`), which serves
 * where WebAssembly cannot run and is the readable one.
 *
 * Factor rows are float32 and `bytes` apart, a multiple of 32; zeros follow the model's factors. `rank` here is
 * `bytes / 4`, including those zeros.
 * Row, column and entry numbers are indices, not bytes. `offsets`, `columns`, `a`, `b` and `lambda` are the addresses
 * of the arrays of `RowEquations`. Ranges `first … end` exclude `end`.
 */
export interface Kernels {
  /** The memory. When it grows, `buffer` becomes a new buffer with the same contents. */
  readonly memory: { readonly buffer: ArrayBuffer };

  /** Grows the memory to at least `byteLength` bytes; leaves it as it is if there is not enough memory. */
  reserve(byteLength: number): void;

  /**
   * Improves rows x of (S + λ I + Σ a y yᵀ) x = Σ b y by at most `steps` conjugate gradient steps from the current
   * `factors`. With `isDiagonal`, `system` is the diagonal of S = α₀ Λ (f32) and M = S + λ I is the preconditioner;
   * otherwise `system` is the matrix S = α₀ G (f32) and M = I. A row stops once rᵀ M⁻¹ r has fallen to `tolerance`
   * times its initial value. Rows without entries become zero. `scratch`: 8 `bytes`.
   */
  conjugateGradient(
    offsets: number,
    columns: number,
    a: number,
    b: number,
    lambda: number,
    factors: number,
    fixed: number,
    bytes: number,
    first: number,
    end: number,
    system: number,
    isDiagonal: number,
    steps: number,
    tolerance: number,
    scratch: number,
  ): void;

  /**
   * Solves the same rows exactly; `system` is S = α₀ G (f64, lower triangle). `scratch`: `rank` (`rank` + 6) doubles.
   */
  cholesky(
    offsets: number,
    columns: number,
    a: number,
    b: number,
    lambda: number,
    factors: number,
    fixed: number,
    bytes: number,
    first: number,
    end: number,
    system: number,
    scratch: number,
  ): void;

  /**
   * What each of `count` entries (`columns`, `a`, `b`) contributes to the score of each row z listed in `rows`:
   * target[i][j] = b_j y_jᵀ (S + λ I + Σ a y yᵀ)⁻¹ z_i (f64). `lambda` is one number; `system` and `scratch` are as for
   * `cholesky`.
   */
  contributions(
    columns: number,
    a: number,
    b: number,
    count: number,
    lambda: number,
    rows: number,
    rowCount: number,
    factors: number,
    bytes: number,
    system: number,
    target: number,
    scratch: number,
  ): void;

  /** `matrix` (f64, lower triangle) = Σ y yᵀ over rows; with `adds` the sum is added to `matrix`. */
  gramian(factors: number, bytes: number, first: number, end: number, matrix: number, adds: number): void;

  /**
   * Eigenvalues (f64) and eigenvectors (f64, one per row) of `work` (f64, overwritten). `scratch`: 3 `rank` doubles.
   */
  symmetricEigen(work: number, rank: number, vectors: number, values: number, scratch: number): void;

  /** Replaces rows by their products with `basis` (f32, row-major). `scratch`: 4 `bytes`. */
  rotate(factors: number, bytes: number, first: number, end: number, basis: number, scratch: number): void;

  /** Σ a (x·y)² − 2 b (x·y) over the entries of rows. */
  entryLoss(
    offsets: number,
    columns: number,
    a: number,
    b: number,
    factors: number,
    fixed: number,
    bytes: number,
    first: number,
    end: number,
  ): number;

  /**
   * Offers the rows `first … end` (`first` a multiple of 16) to the heaps of the best `k` rows so far, one heap for
   * each of `queryCount` queries x (`bytes` apart). The score of a row is (x·y) scales[row] + biases[row] (f32);
   * address 0 for `scales` or `biases` means that there are none. A heap has 8 `k` bytes; `counts` (u32, updated) says
   * how many of its places are filled. Skips scores that are NaN and rows whose bit in `mask` is set (u32 words; 0: no
   * mask); the mask of the next query is `maskBytes` further. Calls must come in ascending order of rows; ties go to
   * the lower row. `codes` (0: none) is room for `rank` + 8 bytes per row, initially zeros, for eight-bit codes that
   * save work without changing results; with it, scales must not be negative and every pass must use the same ranges.
   * `scratch`: `bytes` + 128 bytes.
   */
  rankItems(
    queries: number,
    queryCount: number,
    factors: number,
    bytes: number,
    first: number,
    end: number,
    scales: number,
    biases: number,
    mask: number,
    maskBytes: number,
    k: number,
    counts: number,
    heaps: number,
    codes: number,
    scratch: number,
  ): void;

  /** Writes a heap of `rankItems` as a list, best first, to `rows` (u32) and `scores` (f32). Destroys the heap. */
  sortTopK(heap: number, k: number, kept: number, rows: number, scores: number): void;
}

/**
 * Grows the memory of `kernels` to at least `byteLength` bytes.
 *
 * @throws {RangeError} there is not enough memory
 */
export function reserve(kernels: Kernels, byteLength: number): void {
  kernels.reserve(byteLength);
  if (kernels.memory.buffer.byteLength < byteLength) {
    throw new RangeError(`The cpu back end needs ${byteLength} bytes of memory, which are not available.`);
  }
}
