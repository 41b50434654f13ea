/** The result of measuring both back ends; stored per adapter and version. */
export interface BackendVerdict {
  /** The measured GPU, as its driver names it. */
  readonly adapter: string;
  /** The version of Pocketrec that measured; other versions measure again. */
  readonly version: string;
  /** Whether both gave the same answers within rounding. `different` and `failed` (an error) rule the GPU out. */
  readonly parity: 'equal' | 'different' | 'failed';
  /** Milliseconds for a fold-in and the best 20 of 8,192 items: the median of several runs on each back end. */
  readonly serve: { readonly cpuMs: number; readonly gpuMs: number };
  /** Milliseconds for an epoch of 300 users with 60 items each: the median of several runs on each back end. */
  readonly train: { readonly cpuMs: number; readonly gpuMs: number };
  /** When it was measured, in milliseconds since 1970 (UTC). */
  readonly measuredAt: number;
}
