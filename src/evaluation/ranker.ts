import type { CsrMatrix } from '../data/csr-matrix.ts';
import type { TopK } from '../backends/backend.ts';
import { rowRange } from './matrix-rows.ts';
import { type Metric, MetricSums } from './metrics.ts';

/** A trained model under evaluation. */
export interface Ranker {
  /**
   * Ranks all items but those of the history for each row of `histories` (values are those of the interactions):
   * the best `k` rows, ties to the lower row.
   */
  rank(histories: CsrMatrix, k: number): Promise<Pick<TopK, 'k' | 'counts' | 'rows'>>;
  dispose?(): void;
}

/** Whose lists are measured: one row per user in both matrices. */
export interface RankingTask {
  /** What the model is told; these items are never ranked. */
  readonly histories: CsrMatrix;
  /** What it should find; a row without any is passed over. */
  readonly targets: CsrMatrix;
  readonly metrics: readonly Metric[];
  readonly signal?: AbortSignal | undefined;
}

/** Users ranked in one call: enough for a GPU, and few enough that their masks stay small. */
const batchSize = 256;

/** Ranks the whole catalogue for each user, in batches, and measures the lists. */
export async function measureRanking(ranker: Ranker, task: RankingTask): Promise<MetricSums> {
  const { histories, targets, signal } = task;
  const sums = new MetricSums(task.metrics);
  const isTarget = new Uint8Array(targets.columnCount);
  const hits = new Uint8Array(sums.places);
  for (let first = 0; first < histories.rowCount; first += batchSize) {
    signal?.throwIfAborted();
    const batch = rowRange(histories, first, Math.min(histories.rowCount, first + batchSize));
    const { k, counts, rows } = await ranker.rank(batch, sums.places);
    for (let row = 0; row < batch.rowCount; row++) {
      const wanted = targets.columns.subarray(targets.rowOffsets[first + row], targets.rowOffsets[first + row + 1]);
      if (wanted.length === 0) continue;
      const ranked = rows.subarray(row * k, row * k + counts[row]!);
      checkUnseen(ranked, batch.columns.subarray(batch.rowOffsets[row], batch.rowOffsets[row + 1]));
      for (const item of wanted) isTarget[item] = 1;
      for (let place = 0; place < ranked.length; place++) hits[place] = isTarget[ranked[place]!]!;
      sums.add({ hits: hits.subarray(0, ranked.length), targetCount: wanted.length });
      for (const item of wanted) isTarget[item] = 0;
    }
  }
  return sums;
}

/** `history` ascends. */
function checkUnseen(ranked: Uint32Array, history: Uint32Array): void {
  for (const item of ranked) {
    let low = 0;
    let high = history.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (history[middle]! < item) low = middle + 1;
      else high = middle;
    }
    if (history[low] === item)
      throw new Error(`Internal: the ranker returned item row ${item}, which is in the history.`);
  }
}
