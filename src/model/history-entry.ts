/** What one history says of one item. */
export interface HistoryEntry {
  readonly itemRow: number;
  /** −1 to 1; 0 for seen without a word. */
  readonly strength: number;
  /** 0.5–5 where the item was rated, else null. */
  readonly stars: number | null;
}

/**
 * The stars of an entry for an explicit model: the rating where there is one, otherwise 3 + 2 · strength (like 5,
 * dislike 1), and null for a view that says nothing.
 */
export function starsOf({ strength, stars }: HistoryEntry): number | null {
  return stars ?? (strength === 0 ? null : 3 + 2 * strength);
}

/** What says something under an objective, in the order of the item rows, as a trained row has it. */
export function sayingEntries(history: readonly HistoryEntry[], objective: 'implicit' | 'explicit'): HistoryEntry[] {
  return history
    .filter((entry) => (objective === 'explicit' ? starsOf(entry) !== null : entry.strength !== 0))
    .sort((left, right) => left.itemRow - right.itemRow);
}
