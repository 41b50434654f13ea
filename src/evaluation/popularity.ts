import type { Interactions } from '../data/interactions.ts';
import { rankScores } from './rank-scores.ts';
import type { Ranker } from './ranker.ts';

/** The referee that knows nothing of the visitor: items by how many users have them. */
export function trainPopularity({ itemIds, items }: Interactions): Ranker {
  const counts = new Float64Array(itemIds.length);
  for (const item of items) counts[item]!++;
  return { rank: async (histories, k) => rankScores(histories, { k, scoresOf: () => counts }) };
}
