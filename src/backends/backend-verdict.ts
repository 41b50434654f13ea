/** What measuring both back ends said; kept by adapter and version. */
export interface BackendVerdict {
  /** The GPU that was measured, as its driver names it. */
  readonly adapter: string;
  /** The version of Pocketrec that measured; another one measures again. */
  readonly version: string;
  /** Whether both answered alike within rounding: `different` and `failed` (an error) rule the GPU out. */
  readonly parity: 'equal' | 'different' | 'failed';
  /** A fold-in and the best 20 of 8,192 items: the median of some runs on either, in milliseconds. */
  readonly serve: { readonly cpuMs: number; readonly gpuMs: number };
  /** An epoch of 300 users with 60 items each: the median of some runs on either, in milliseconds. */
  readonly train: { readonly cpuMs: number; readonly gpuMs: number };
  /** When, milliseconds since 1970 (UTC). */
  readonly measuredAt: number;
}
