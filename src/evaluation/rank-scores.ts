import type { CsrMatrix } from '../data/csr-matrix.ts';
import type { TopK } from '../backends/backend.ts';

/**
 * The best `k` items of each history row, by `scoresOf(row)` (one number per item; may be the same array each time),
 * without the items of the history. Ties to the lower row. For referees: it sorts the whole catalogue.
 */
export function rankScores(
  histories: CsrMatrix,
  { k, scoresOf }: { readonly k: number; readonly scoresOf: (row: number) => Float64Array },
): Pick<TopK, 'k' | 'counts' | 'rows'> {
  const { rowCount, columnCount, rowOffsets, columns } = histories;
  const counts = new Uint32Array(rowCount);
  const rows = new Uint32Array(rowCount * k);
  for (let row = 0; row < rowCount; row++) {
    const scores = scoresOf(row);
    const seen = new Set(columns.subarray(rowOffsets[row], rowOffsets[row + 1]));
    const order: number[] = [];
    for (let item = 0; item < columnCount; item++) if (!seen.has(item)) order.push(item);
    order.sort((left, right) => scores[right]! - scores[left]! || left - right);
    counts[row] = Math.min(k, order.length);
    rows.set(order.slice(0, k), row * k);
  }
  return { k, counts, rows };
}
