import type { BackendVerdict } from '../backends/backend-verdict.ts';
import type { ModelSummary } from '../model/factor-model.ts';
import type { BackendInfo, BackendKind, ScoringTimings } from '../backends/backend.ts';
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
