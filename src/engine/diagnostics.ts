import type { BackendInfo, BackendKind, ScoringTimings } from '../backends/backend.ts';
import type { BackendVerdict } from '../backends/backend-verdict.ts';
import type { ModelSummary } from '../model/factor-model.ts';
import type { BackendChooser } from './choose-backend.ts';

/** What `diagnostics()` tells. */
export interface Diagnostics {
  /** What serves at present. */
  readonly backend: BackendKind;
  /** Why this back end: measured times, a failed parity probe, no adapter, or the caller's order. */
  readonly reason: string;
  /** The open GPU's name; null where none is open. */
  readonly adapter: string | null;
  /** True where the GPU serves and is emulated on the CPU. */
  readonly isSoftware: boolean;
  /** The back ends that are open. */
  readonly available: readonly BackendInfo[];
  /** What comparing them said; null before, and where there is nothing to compare. */
  readonly verdict: BackendVerdict | null;
  /** How long the last `recommend` took; null before the first of this model. */
  readonly lastTimings: ScoringTimings | null;
  /** What answers; null before a model was loaded or trained. */
  readonly model: ModelSummary | null;
}

/** Puts together what is known; opens nothing. */
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
