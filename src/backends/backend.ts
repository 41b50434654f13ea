import type { EmbeddingLookups, EmbeddingRows, EmbeddingTable } from './embedding-table.ts';

/**
 * The contract of an arithmetic back end. The only part of the model that it sees is the general row equation
 *
 *     (α₀ G + Σ_i a_ui y_i y_iᵀ + λ_u I) x_u = Σ_i b_ui y_i        G = Σ_all y yᵀ
 *
 * `cpu` and `webgpu` implement this interface and pass the same test suite (`tests/support/suites/backend-suite.ts`).
 * Factor tables are row-major Float32Arrays of `rowCount × factors`.
 */

/** Where the arithmetic runs: `cpu` (WebAssembly, or JavaScript if WebAssembly cannot run) or `webgpu`. */
export type BackendKind = 'cpu' | 'webgpu';

/** The back ends, in the order of preference if both are equally fast. */
export const backendKinds = ['cpu', 'webgpu'] as const satisfies readonly BackendKind[];

/** One side's row equations: a CSR matrix whose entries carry the weights (a, b), with λ per row. */
export interface RowEquations {
  readonly rowCount: number;
  /** Rows of the other side. */
  readonly columnCount: number;
  /** `rowCount + 1` offsets. */
  readonly rowOffsets: Uint32Array;
  readonly columns: Uint32Array;
  /** a: weight of y yᵀ on the left, one per entry, ≥ 0. */
  readonly a: Float32Array;
  /** b: weight of y on the right, one per entry. */
  readonly b: Float32Array;
  /** λ_u: one per row, ≥ 0. */
  readonly regularization: Float32Array;
}

/** A complete training problem: the equations of both sides and the initial factors. */
export interface AlsProblem {
  /** Numbers per factor row, 1–256. */
  readonly factors: number;
  /** α₀: weight of every unobserved cell; 0 for explicit models. */
  readonly unobservedWeight: number;
  readonly users: RowEquations;
  /** The transpose of `users`, with its own λ. */
  readonly items: RowEquations;
  /**
   * The sum of the objective's terms that do not depend on the factors. With it, the reported loss is the weighted
   * squared error plus regularization and never below 0.
   */
  readonly constantLoss: number;
  /** Initial user factors, `users.rowCount × factors`; copied, not changed. */
  readonly userFactors: Float32Array;
  /** Initial item factors, `items.rowCount × factors`; copied, not changed. */
  readonly itemFactors: Float32Array;
}

/**
 * How the equations of one side are solved. `cg`: conjugate gradient from the current factors. `cholesky`: exact.
 * `ew-pcg`: rotates the factors of both sides into the eigenbasis of the other side's Gramian, which changes no score
 * and no norm, and takes preconditioned conjugate gradient steps there (docs/solver.md). `auto`: the same, but a row
 * stops early once little is left to gain.
 */
export type SolverName = 'auto' | 'ew-pcg' | 'cg' | 'cholesky';

/** Every solver, the default first. */
export const solverNames = ['auto', 'ew-pcg', 'cg', 'cholesky'] as const satisfies readonly SolverName[];

export interface SolveOptions {
  readonly solver: SolverName;
  /**
   * Steps per row, usually 3 for `cg` as in `implicit` and 2 for `ew-pcg`; a maximum for `auto`; unused by `cholesky`.
   */
  readonly cgSteps: number;
}

export type Side = 'users' | 'items';

/** A training run on one back end. The factors are usable after every call. */
export interface TrainingRun {
  /** Solves every row of `side` with the other side fixed. Rows without entries become zero. */
  solve(side: Side): Promise<void>;
  /**
   * The objective at the current factors:
   * α₀ Σ_all (x·y)² + Σ_entries (a (x·y)² − 2 b (x·y)) + constantLoss + Σ λ_u |x_u|² + Σ λ_i |y_i|².
   * Not finite if a factor is not finite.
   */
  loss(): Promise<number>;
  /** Copies of the current factors. No other method may be called before the promise has resolved. */
  factors(): Promise<{ userFactors: Float32Array; itemFactors: Float32Array }>;
  dispose(): void;
}

/** The item side of a trained model, from which a back end opens an item table. */
export interface ItemSide {
  readonly factors: number;
  readonly rowCount: number;
  /** `rowCount × factors`. */
  readonly itemFactors: Float32Array;
  /** Added to every score; zeros for implicit models. `rowCount`. */
  readonly biases: Float32Array;
  readonly unobservedWeight: number;
}

/** `queryCount` lists of up to `k` rows, best first; ties go to the lower row; masked rows never appear. */
export interface TopK {
  readonly k: number;
  /** How many of each list's `k` places are filled; fewer than `k` if the mask leaves fewer items. `queryCount`. */
  readonly counts: Uint32Array;
  /** `queryCount × k` item rows. */
  readonly rows: Uint32Array;
  /** `queryCount × k` scores. */
  readonly scores: Float32Array;
}

/** Milliseconds of one operation, by part; null for a part that did not run or cannot be measured separately. */
export interface ScoringTimings {
  /** Solving for the visitor's factors; null if there was no fold-in or it cannot be measured separately. */
  readonly foldInMs: number | null;
  /** Scoring every item; null if it cannot be measured separately from selecting the best. */
  readonly scoreMs: number | null;
  /** Selecting the best items; null if it cannot be measured separately from scoring. */
  readonly topKMs: number | null;
  /** From the call to its answer, including what happens between the parts. */
  readonly totalMs: number;
}

export interface TopKOptions {
  /** Length of each list; clamped to the number of items. */
  readonly k: number;
  /** `dot`: x·y + bias. `cosine`: x·y / (|x| |y|), without biases; 0 if x or y is zero. */
  readonly similarity: 'dot' | 'cosine';
  /**
   * An item may not appear if bit `row % 32` of word `floor(row / 32)` is set. Either one mask of `ceil(rowCount / 32)`
   * words for all queries, or one mask per query, one after another.
   */
  readonly mask?: Uint32Array;
}

/** Explains scores over a model's items, in double precision whatever back end serves. */
export interface Explainer {
  /**
   * What each entry of a history adds to the score of each item. With A x = Σ_j b_j y_j the score of item i is
   * y_iᵀ x = Σ_j b_j y_iᵀ A⁻¹ y_j, so the terms sum to it, but for its bias (Hu, Koren, Volinsky 2008, section 5).
   *
   * @param equations one row: the history
   * @returns `itemRows.length × entries`: an item's terms side by side, in the order of `equations.columns`
   */
  contributions(equations: RowEquations, itemRows: Uint32Array): Promise<Float64Array>;
  /** Frees its memory once all earlier calls have ended; later calls reject with `DisposedError`. */
  dispose(): void;
}

/** What can explain scores over items that another back end holds. */
export interface ExactBackend {
  /** Holds α₀ G of the items at most; their factors are read as long as questions are asked. */
  openExplainer(side: ItemSide): Promise<Explainer>;
}

/**
 * A model's items, held by one back end. Calls may overlap: each gets the answer that it would get alone.
 */
export interface ItemTable extends Explainer {
  /** Exact fold-in (Cholesky) of every row of `equations`: `rowCount × factors`. Rows without entries become zero. */
  foldIn(equations: RowEquations): Promise<Float32Array>;
  /** Exact top-k of each query over the whole catalogue. `queries` is `queryCount × factors`. */
  topK(queries: Float32Array, options: TopKOptions): Promise<{ topK: TopK; timings: ScoringTimings }>;
  /** Fold-in and top-k in one operation, on a GPU with a single read-back. */
  foldInTopK(
    equations: RowEquations,
    options: Omit<TopKOptions, 'similarity'>,
  ): Promise<{ factors: Float32Array; topK: TopK; timings: ScoringTimings }>;
  /** Look-ups in the item factors. They share the table's memory. */
  readonly embeddings: EmbeddingLookups;
}

/** Where a back end computes, described for people. */
export interface BackendInfo {
  /** Which back end this is. */
  readonly kind: BackendKind;
  /**
   * What computes, e.g. `google swiftshader (software)`. On the CPU: `WebAssembly SIMD` or `JavaScript (reason)`, with
   * the reason why WebAssembly cannot run; null until the first table or training run has chosen the kernels.
   */
  readonly adapter: string | null;
  /** True where the "GPU" is emulated on the CPU. */
  readonly isSoftware: boolean;
}

export interface Backend {
  readonly info: BackendInfo;
  openTraining(problem: AlsProblem, options: SolveOptions): Promise<TrainingRun>;
  openItemTable(side: ItemSide): Promise<ItemTable>;
  /** Opens a table for look-ups in rows of factors. An item table already has one: `ItemTable.embeddings`. */
  openEmbeddingTable(rows: EmbeddingRows): Promise<EmbeddingTable>;
  /** Resolves with the reason when the back end can no longer compute (device loss); never for the CPU. */
  readonly lost: Promise<string>;
  dispose(): void;
}
