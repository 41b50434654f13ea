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
