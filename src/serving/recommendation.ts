import type { BackendInfo, BackendKind, ScoringTimings, Precision, SolverName } from '../backends/backend.ts';

/** One history item's exact share of a score. */
export interface Contribution {
  readonly id: string;
  /** The term of the score that this item is answerable for; terms and `baseline` sum to the score. */
  readonly contribution: number;
}

export interface RecommendedItem {
  readonly id: string;
  /** The model's score: implicit about 0 to 1, explicit in stars. */
  readonly score: number;
  /** The score as a share of the best possible one, clipped to 0–1. */
  readonly match: number;
  /** From 1. */
  readonly rank: number;
  /** `model`: scored for this visitor; `popular`: nothing is known of the visitor yet. */
  readonly source: 'model' | 'popular';
  /** The history items that speak most for it, strongest first; empty for `popular`. */
  readonly reasons: readonly Contribution[];
}

export interface Recommendations {
  readonly recommendationId: string;
  readonly items: readonly RecommendedItem[];
  readonly backend: BackendKind;
  readonly tookMs: number;
  readonly timings: ScoringTimings;
}

export interface RecommendOptions {
  /** How many items, 1 or more; default 10. Fewer come back only where the catalogue holds fewer. */
  readonly count?: number;
  /** Leave out the items of the history; default true. */
  readonly filterSeen?: boolean;
  /** Ids that may not appear. */
  readonly exclude?: readonly string[];
  /** If given, only these ids may appear. */
  readonly only?: readonly string[];
  /** History items that must not be used (they stay out of the list): what if I had not said this? */
  readonly without?: readonly string[];
  /** How many reasons an item; default 2, 0 for none. */
  readonly reasons?: number;
}

export interface SimilarItem {
  readonly id: string;
  /** Cosine of the two factor rows, −1 to 1. */
  readonly similarity: number;
}

export interface SimilarOptions {
  /** Default 10. */
  readonly count?: number;
  readonly exclude?: readonly string[];
  /** Keep the item itself, whose similarity is 1; default false. */
  readonly includeSelf?: boolean;
}

/** Why an item has its score. `baseline + Σ contribution = score`, to rounding. */
export interface Explanation {
  readonly itemId: string;
  readonly score: number;
  /** Explicit models: μ + b_u + b_i. Implicit: 0. */
  readonly baseline: number;
  /** Every history item in use, largest |contribution| first, each with the score had it not been there. */
  readonly contributions: readonly (Contribution & { readonly scoreWithout: number })[];
}

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

export interface FitOptions {
  /** `implicit` (default): what was chosen; `explicit`: stars, with biases. */
  readonly objective?: 'implicit' | 'explicit';
  /**
   * What the values are. `presence`: every entry counts 1 whatever its value. `strength`: signed, negative is a
   * dislike. `stars`: 0.5–5. Default `presence` for implicit, `stars` for explicit.
   */
  readonly feedback?: 'presence' | 'strength' | 'stars';
  /** Numbers per factor row, 1–256; default 64. */
  readonly factors?: number;
  /** Epochs, 1–1000; default 12. */
  readonly iterations?: number;
  /** λ ≥ 0; default 0.001 with `unobservedWeight`, 0.01 with `alpha`, 0.05 explicit. */
  readonly regularization?: number;
  /** Confidence c = 1 + alpha · strength (Hu, Koren, Volinsky 2008), plain λ. Not together with `unobservedWeight`. */
  readonly alpha?: number;
  /** α₀ ≥ 0: weight of an unobserved cell (Rendle et al. 2022), λ scaled by frequency. Default 1. */
  readonly unobservedWeight?: number;
  /** ν, 0–1: λ_u = λ (|I(u)| + α₀ · other side)^ν. Default 1; 0 with `alpha`. */
  readonly exponent?: number;
  /**
   * How each row's equation is solved. `ew-pcg`: preconditioned conjugate gradient in the eigenbasis of the other
   * side's Gramian; `auto`: the same, and each row ends as soon as little is left to gain; `cg`: plain conjugate
   * gradient; `cholesky`: exact. Default `auto`.
   */
  readonly solver?: SolverName;
  /** Steps a row, 1–64: of `auto` at most; default 3, of `ew-pcg` 2. `cholesky` takes none. */
  readonly cgSteps?: number;
  /**
   * What a GPU reads of the side that stays fixed while the other is solved: float16 copies, half the bytes, or the
   * float32 factors themselves. Arithmetic and the model are float32 with both. Default `auto`: float16 on a GPU, float32
   * on a software adapter, on the CPU, and where solves are exact.
   */
  readonly precision?: Precision;
  /** Same seed, same model; an integer from 0 to 2³² − 1; default 1. */
  readonly seed?: number;
  /** Free name written into the model, e.g. the data set's. */
  readonly name?: string;
}

/** One finished epoch; the model is usable when it arrives. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** The objective after the epoch; null only where the caller asked not to compute it. */
  readonly loss: number;
  /** Milliseconds of this epoch. */
  readonly elapsedMs: number;
  readonly backend: BackendKind;
  /** Set when the run had to move during this epoch, e.g. `GPU device lost; continued on the CPU`. */
  readonly notice: string | null;
}

/** What `diagnostics()` tells. */
export interface Diagnostics {
  readonly backend: BackendKind;
  /** Why this back end: measured times, a failed parity probe, no adapter, or the caller's order. */
  readonly reason: string;
  readonly adapter: string | null;
  readonly isSoftware: boolean;
  readonly available: readonly BackendInfo[];
  readonly verdict: BackendVerdict | null;
  readonly lastTimings: ScoringTimings | null;
  readonly model: ModelSummary | null;
}

/** What measuring both back ends said; kept by adapter and version. */
export interface BackendVerdict {
  readonly adapter: string;
  readonly version: string;
  readonly parity: 'equal' | 'different' | 'failed';
  /** Medians in milliseconds, CPU against GPU, by operation. */
  readonly serve: { readonly cpuMs: number; readonly gpuMs: number };
  readonly train: { readonly cpuMs: number; readonly gpuMs: number };
  readonly measuredAt: number;
}

export interface ModelSummary {
  readonly name: string;
  readonly objective: 'implicit' | 'explicit';
  readonly factors: number;
  readonly itemCount: number;
  readonly userCount: number;
  readonly epochs: number;
  /** True when the visitor's own history was one of the training rows. */
  readonly includesHistory: boolean;
}

/** The same request on one back end: `recommender.compareBackends()`. */
export interface BackendComparison {
  readonly info: BackendInfo;
  readonly timings: ScoringTimings | null;
  readonly itemIds: readonly string[];
  /** Whether the list equals the CPU's. */
  readonly agrees: boolean;
  /** Why there is no answer, where there is none. */
  readonly error: string | null;
}
