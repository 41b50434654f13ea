import type { BackendInfo, BackendKind, ScoringTimings } from '../backends/backend.ts';
import type { BackendVerdict } from '../backends/backend-verdict.ts';
import type { ModelSummary } from '../model/factor-model.ts';
import type { BackendChooser } from './choose-backend.ts';

/** The result of `diagnostics()`. */
export interface Diagnostics {
  /** The back end that answers requests now. */
  readonly backend: BackendKind;
  /** Why this back end was chosen: measured times, a failed parity probe, no adapter, or the caller's option. */
  readonly reason: string;
  /** The GPU, as its driver names it; null if none is open. */
  readonly adapter: string | null;
  /** True if the GPU that answers requests is emulated on the CPU. */
  readonly isSoftware: boolean;
  /** The back ends that are open, the CPU first. */
  readonly available: readonly BackendInfo[];
  /** The measurement of the back ends, from this visit or an earlier one; null if there is none. */
  readonly verdict: BackendVerdict | null;
  /** Times of the last request; null before the first. */
  readonly lastTimings: ScoringTimings | null;
  /** The model that answers; null before one is loaded or trained. */
  readonly model: ModelSummary | null;
}

/** Collects the diagnostics; opens nothing. */
export function diagnosticsOf(chooser: BackendChooser, last: Pick<Diagnostics, 'lastTimings' | 'model'>): Diagnostics {
  const { serving, reason, available, verdict, gpuInfo } = chooser;
  return {
    backend: serving,
    reason,
    adapter: gpuInfo?.adapter ?? null,
    isSoftware: serving === 'webgpu' && (gpuInfo?.isSoftware ?? false),
    available,
    verdict,
    ...last,
  };
}
