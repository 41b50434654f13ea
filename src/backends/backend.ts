import type { EmbeddingLookups, EmbeddingRows, EmbeddingTable } from './embedding-table.ts';

/**
 * What an arithmetic back end must do, and all it ever sees of the model: the general row equation
 *
 *     (α₀ G + Σ_i a_ui y_i y_iᵀ + λ_u I) x_u = Σ_i b_ui y_i        G = Σ_all y yᵀ
 *
 * `cpu` and `webgpu` implement this one interface and pass one test suite (`tests/support/suites/backend-suite.ts`).
 * Factors are row-major Float32Array of `rowCount × factors`.
 */

/** Where the arithmetic runs: `cpu` (WebAssembly, or JavaScript where that cannot run) or `webgpu`. */
export type BackendKind = 'cpu' | 'webgpu';

/** The back ends, in the order of preference when times are equal. */
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

/** A whole training problem: both sides, and where the factors start. */
export interface AlsProblem {
  /** Numbers per factor row, 1–256. */
  readonly factors: number;
  /** α₀: weight of every unobserved cell; 0 for explicit models. */
  readonly unobservedWeight: number;
  readonly users: RowEquations;
  /** The transpose of `users`, with its own λ. */
  readonly items: RowEquations;
  /**
   * Σ of the terms of the objective that the factors do not change, so that the reported loss is the weighted
   * squared error itself (never below 0).
   */
  readonly constantLoss: number;
  /** Initial user factors, `users.rowCount × factors`; copied, not changed. */
  readonly userFactors: Float32Array;
  /** Initial item factors, `items.rowCount × factors`; copied, not changed. */
  readonly itemFactors: Float32Array;
}

/**
 * How the equations of one side are solved. `cg`: conjugate gradient from the current factors. `cholesky`: exact.
 * `ew-pcg`: turns the factors of both sides into the eigenbasis of the other side's Gramian, which changes no score and
 * no norm, and takes preconditioned conjugate gradient steps there (docs/solver.md). `auto`: the same, but a row ends
 * early once little is left to gain.
 */
export type SolverName = 'auto' | 'ew-pcg' | 'cg' | 'cholesky';

/** Every solver, the default first. */
export const solverNames = ['auto', 'ew-pcg', 'cg', 'cholesky'] as const satisfies readonly SolverName[];

export interface SolveOptions {
  readonly solver: SolverName;
  /** Steps a row: 3 of `cg` as in `implicit`, 2 of `ew-pcg`; of `auto` at most; `cholesky` takes none. */
  readonly cgSteps: number;
}

export type Side = 'users' | 'items';

/** A training run on one back end. Each call leaves the factors usable. */
export interface TrainingRun {
  /** Solves every row of one side with the other side fixed. Rows without entries become zero. */
  solve(side: Side): Promise<void>;
  /**
   * The objective at the current factors:
   * α₀ Σ_all (x·y)² + Σ_entries (a (x·y)² − 2 b (x·y)) + constantLoss + Σ λ_u |x_u|² + Σ λ_i |y_i|².
   * Not a finite number where a factor is none.
   */
  loss(): Promise<number>;
  /** Copies of the factors as they are when it is called. No other call may come before it has resolved. */
  factors(): Promise<{ userFactors: Float32Array; itemFactors: Float32Array }>;
  dispose(): void;
}

/** The item side of a trained model: what an item table is made from. */
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
  /** How many of each list's `k` places are filled (fewer when the mask leaves fewer). `queryCount`. */
  readonly counts: Uint32Array;
  /** `queryCount × k` item rows. */
  readonly rows: Uint32Array;
  /** `queryCount × k` scores. */
  readonly scores: Float32Array;
}

/** Milliseconds of the last operation by part; null where a part was not run or cannot be told apart. */
export interface ScoringTimings {
  /** Solving for the visitor's factors; null where no fold-in was made, or not told apart. */
  readonly foldInMs: number | null;
  /** Scoring every item; null where it cannot be told apart from choosing the best. */
  readonly scoreMs: number | null;
  /** Choosing the best of them; null where it cannot be told apart from scoring. */
  readonly topKMs: number | null;
  /** From the call to its answer, what lies between the parts included. */
  readonly totalMs: number;
}

export interface TopKOptions {
  /** Places a list; clamped to the catalogue. */
  readonly k: number;
  /** `dot`: x·y + bias. `cosine`: x·y / (|x| |y|), 0 where either is zero; biases are left out. */
  readonly similarity: 'dot' | 'cosine';
  /**
   * Bit `row % 32` of word `floor(row / 32)` set: the item may not appear. One mask (`ceil(rowCount / 32)` words)
   * for all queries, or one per query, one after another.
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
  /** Frees what is held once the calls made so far have ended; later calls reject with `DisposedError`. */
  dispose(): void;
}

/** What can explain scores over items that another back end holds. */
export interface ExactBackend {
  /** Holds α₀ G of the items at most; their factors are read as long as questions are asked. */
  openExplainer(side: ItemSide): Promise<Explainer>;
}

/**
 * A model's items, held by one back end, and what can be asked of them. Calls may be made while others are under way;
 * each gets the answer that it would get alone.
 */
export interface ItemTable extends Explainer {
  /** Exact fold-in (Cholesky) of every row of `equations`: `rowCount × factors`. Rows without entries become zero. */
  foldIn(equations: RowEquations): Promise<Float32Array>;
  /** Exact top-k of each query over the whole catalogue. `queries` is `queryCount × factors`. */
  topK(queries: Float32Array, options: TopKOptions): Promise<{ topK: TopK; timings: ScoringTimings }>;
  /** Fold-in and top-k in one go, one read-back. */
  foldInTopK(
    equations: RowEquations,
    options: Omit<TopKOptions, 'similarity'>,
  ): Promise<{ factors: Float32Array; topK: TopK; timings: ScoringTimings }>;
  /** Look-ups in the factors of the items, which the table holds only once. */
  readonly embeddings: EmbeddingLookups;
}

/** Facts about where a back end computes, for people to read. */
export interface BackendInfo {
  /** Which of the back ends this is. */
  readonly kind: BackendKind;
  /**
   * What computes, e.g. `google swiftshader (software)`; on the CPU `WebAssembly SIMD` or `JavaScript (why not)`, and null
   * there until a first table or training run has chosen its kernels.
   */
  readonly adapter: string | null;
  /** True where the "GPU" is emulated on the CPU. */
  readonly isSoftware: boolean;
}

export interface Backend {
  readonly info: BackendInfo;
  openTraining(problem: AlsProblem, options: SolveOptions): Promise<TrainingRun>;
  openItemTable(side: ItemSide): Promise<ItemTable>;
  /** Holds rows of factors to be looked up. Those of a model's items are held already: `ItemTable.embeddings`. */
  openEmbeddingTable(rows: EmbeddingRows): Promise<EmbeddingTable>;
  /** Resolves with the reason when the back end can no longer compute (device loss); never for the CPU. */
  readonly lost: Promise<string>;
  dispose(): void;
}
