import { type BackendInfo, backendKinds, type ItemTable, type ScoringTimings } from '../backends/backend.ts';
import { messageOf } from '../errors.ts';
import type { BackendChooser } from './choose-backend.ts';
import { runRecommend, type RecommendRequest } from '../serving/recommend.ts';
import type { ServingModel } from '../serving/serving-model.ts';

/** The result of one back end in `recommender.compareBackends()`. */
export interface BackendComparison {
  /** Which back end, and what computes there. */
  readonly info: BackendInfo;
  /** Times of the second of two runs, so that no compilation is included; null if the back end failed. */
  readonly timings: ScoringTimings | null;
  /** The list, best first; empty if the back end failed. */
  readonly itemIds: readonly string[];
  /** Whether the list equals the CPU's. */
  readonly agrees: boolean;
  /** Why the back end failed; null if it did not. */
  readonly error: string | null;
}

/**
 * Runs the same request on every back end, the CPU first. Each runs it twice and the second time counts, so that no
 * compilation is timed. If a back end is missing or fails, its result has an `error`.
 */
export async function compareBackends(
  request: RecommendRequest,
  { serving, chooser }: { readonly serving: ServingModel; readonly chooser: BackendChooser },
): Promise<BackendComparison[]> {
  const comparisons: BackendComparison[] = [];
  for (const kind of backendKinds) {
    const run = (table: ItemTable) => runRecommend(request, { table, backend: kind });
    let info: BackendInfo = { kind, adapter: null, isSoftware: false };
    try {
      const backend = kind === 'cpu' ? chooser.cpu : await chooser.gpu();
      info = backend.info;
      await serving.use(backend, run);
      const { items, timings } = await serving.use(backend, run);
      const itemIds = items.map(({ itemId }) => itemId);
      const wanted = comparisons[0]?.itemIds ?? itemIds;
      const agrees = JSON.stringify(itemIds) === JSON.stringify(wanted);
      comparisons.push({ info, timings, itemIds, agrees, error: null });
    } catch (error) {
      comparisons.push({ info, timings: null, itemIds: [], agrees: false, error: messageOf(error) });
    }
  }
  return comparisons;
}
