/**
 * The inner loops of the CPU back end, over one block of memory: addresses and distances are in bytes. Two things
 * implement them: WebAssembly with SIMD (`wasm/assembly/`) and TypeScript (`typescript-kernels.ts`, where WebAssembly
 * cannot run, and to read).
 *
 * Factor rows are float32, `bytes` apart: a multiple of 32, with zeros beyond the model's factors. `rank` here is
 * `bytes / 4`, with the zeros.
 * Rows, columns and offsets are counted, not in bytes; `offsets`, `columns`, `a`, `b` and `lambda` are those of
 * `RowEquations`. Ranges `first … end` leave `end` out.
 */
export interface Kernels {
  /** The memory; another buffer with the same in it once it has grown. */
  readonly memory: { readonly buffer: ArrayBuffer };

  /** Grows the memory to at least so many bytes; where there are not so many it stays as it is. */
  reserve(byteLength: number): void;

  /**
   * Rows of (S + λ I + Σ a y yᵀ) x = Σ b y by `steps` conjugate gradient steps from what stands in `factors`. With
   * `isDiagonal`, `system` is the diagonal of S = α₀ Λ (f32), S + λ I preconditions, and a row takes no more steps
   * once rᵀ M⁻¹ r has fallen to `tolerance` of what it was; without, `system` is the matrix S = α₀ G (f32), and nothing
   * preconditions. Rows without entries become zero. `scratch`: 8 `bytes`.
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

  /** The same rows exactly; `system` is S = α₀ G (f64, lower triangle). `scratch`: `rank` (`rank` + 6) doubles. */
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
   * What each of `count` entries (`columns`, `a`, `b`) adds to the score of each row z that `rows` names:
   * target[i][j] = b_j y_jᵀ (S + λ I + Σ a y yᵀ)⁻¹ z_i (f64). `lambda` is one number, `system` and `scratch` as of
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

  /** `matrix` (f64, lower triangle) = Σ y yᵀ of rows, or with `adds` += it. */
  gramian(factors: number, bytes: number, first: number, end: number, matrix: number, adds: number): void;

  /** Eigenvalues (f64) and eigenvectors (f64, a row each) of `work` (f64, overwritten). `scratch`: 3 `rank` doubles. */
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
   * Offers the rows `first … end` (`first` a multiple of 16) to the best `k` so far of each of `queryCount` queries x
   * (`bytes` apart), with their scores (x·y) scales[row] + biases[row] (f32; 0 for `scales` or `biases`: there are
   * none). Of the heap of a query, 8 `k` bytes, `counts` (u32, written) places are filled. Rows whose bit in `mask` (u32
   * words; 0: none) is set are left out, and NaN; that of the next query is `maskBytes` further. Ranges come in ascending
   * order; ties go to the lower row. `codes` is room for `rank` + 8 bytes per row, zeros at first, for eight-bit codes that
   * save work and change nothing (0: none); scales are then not negative and ranges always the same. `scratch`:
   * `bytes` + 128.
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

  /** The heap of `rankItems` as a list, best first, in `rows` (u32) and `scores` (f32). */
  sortTopK(heap: number, k: number, kept: number, rows: number, scores: number): void;
}

/**
 * Grows the memory of kernels to at least so many bytes.
 *
 * @throws {RangeError} there is not so much memory
 */
export function reserve(kernels: Kernels, byteLength: number): void {
  kernels.reserve(byteLength);
  if (kernels.memory.buffer.byteLength < byteLength) {
    throw new RangeError(`The cpu back end needs ${byteLength} bytes of memory, and there are not so many.`);
  }
}
