import { InvalidDataError } from '../errors.ts';
import type { IdIndex } from '../data/id-index.ts';
import type { Preference } from '../history/preferences.ts';
import type { HistoryEntry } from './history-entry.ts';

/** A history, translated to the item rows of a model. */
export interface ModelHistory {
  /** One entry per item, in the order given. */
  readonly entries: readonly HistoryEntry[];
  /** Ids that the model does not have, because a history may know newer items. They are not used. */
  readonly unknownIds: readonly string[];
}

/**
 * Translates preferences to the item rows of a model. If an item occurs twice, the later preference counts.
 *
 * @throws {InvalidDataError} a strength is outside −1 to 1, or stars are outside 0.5 to 5; names the item
 */
export function historyOf(preferences: readonly Preference[], items: IdIndex): ModelHistory {
  const byRow = new Map<number, HistoryEntry>();
  const unknownIds: string[] = [];
  for (const { itemId, strength, stars } of preferences) {
    if (!(strength >= -1 && strength <= 1)) {
      throw new InvalidDataError(`Preference for ${itemId}: strength must be from -1 to 1, got ${strength}.`);
    }
    if (stars !== null && !(stars >= 0.5 && stars <= 5)) {
      throw new InvalidDataError(`Preference for ${itemId}: stars must be from 0.5 to 5 or null, got ${stars}.`);
    }
    const itemRow = items.find(itemId);
    if (itemRow === undefined) {
      unknownIds.push(itemId);
      continue;
    }
    byRow.delete(itemRow);
    byRow.set(itemRow, { itemRow, strength, stars });
  }
  return { entries: [...byRow.values()], unknownIds };
}
