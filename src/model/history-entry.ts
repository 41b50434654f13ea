/** What a visitor's history says about one item. */
export interface HistoryEntry {
  readonly itemRow: number;
  /** −1 (dislike) to 1 (like); 0 for an item that was only seen. */
  readonly strength: number;
  /** 0.5–5 if the item was rated, else null. */
  readonly stars: number | null;
}

/**
 * The stars of an entry for an explicit model: its rating if it has one, otherwise 3 + 2 · strength (like 5, dislike
 * 1); null for an item that was only seen.
 */
export function starsOf({ strength, stars }: HistoryEntry): number | null {
  return stars ?? (strength === 0 ? null : 3 + 2 * strength);
}

/** The entries that count under an objective, ordered by item row as in a training row. */
export function sayingEntries(history: readonly HistoryEntry[], objective: 'implicit' | 'explicit'): HistoryEntry[] {
  return history
    .filter((entry) => (objective === 'explicit' ? starsOf(entry) !== null : entry.strength !== 0))
    .sort((left, right) => left.itemRow - right.itemRow);
}
