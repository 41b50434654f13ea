import type { CsrMatrix } from '../data/csr-matrix.ts';
import { rankScores } from './rank-scores.ts';
import type { Ranker } from './ranker.ts';

/** The referee that knows nothing of the visitor: items by how many users of `training`, users × items, have them. */
export function trainPopularity({ columnCount, columns }: CsrMatrix): Ranker {
  const counts = new Float64Array(columnCount);
  for (const item of columns) counts[item]!++;
  return { rank: async (histories, k) => rankScores(histories, { k, scoresOf: () => counts }) };
}
