import type { InteractionEvent } from './interaction-event.ts';

/** What the whole history says of one item, newest word last. */
export interface Preference {
  /** The item it is about. */
  readonly itemId: string;
  /** From −1 (dislike) through 0 (seen, nothing said) to 1 (like). */
  readonly strength: number;
  /** The stars, where the last word was a rating. */
  readonly stars: number | null;
  /** When the last word was said, milliseconds since 1970. */
  readonly ts: number;
}

/** Stars 0.5–5 as a signed strength: 5 ↦ 1, 2.5 ↦ 0, 0.5 ↦ −0.8. */
export function strengthOfStars(stars: number): number {
  return (stars - 2.5) / 2.5;
}

/** The order of a history: by time, then by id, so that it is the same in every tab. */
export function byTimeAndId(left: InteractionEvent, right: InteractionEvent): number {
  return left.ts - right.ts || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0);
}

/**
 * Folds a history into one preference an item. The latest rating, like or dislike decides (by `ts`, then by `id`);
 * a view counts only where none of those was given; `remove` takes back everything said before it.
 * The result is in the order in which the items were last spoken of.
 */
export function preferencesOf(events: Iterable<InteractionEvent>): Preference[] {
  const ordered = [...events].sort(byTimeAndId);
  const latest = new Map<string, Preference>();
  const spoken = new Set<string>();
  for (const event of ordered) {
    const { itemId, type, ts } = event;
    if (type === 'view' && spoken.has(itemId)) continue;
    latest.delete(itemId); // so that Map order is the order of the last word
    if (type === 'remove') {
      spoken.delete(itemId);
      continue;
    }
    if (type !== 'view') spoken.add(itemId);
    latest.set(itemId, { itemId, ts, strength: strengthOf(event), stars: type === 'rating' ? event.value! : null });
  }
  return [...latest.values()];
}

/** What one event says of its item. */
function strengthOf({ type, value }: InteractionEvent): number {
  switch (type) {
    case 'rating':
      return strengthOfStars(value!);
    case 'like':
      return value ?? 1;
    case 'dislike':
      return -(value ?? 1);
    case 'view':
      return value ?? 0;
    case 'remove':
      return 0;
    default:
      throw new Error(`Internal: events of type ${type satisfies never} say nothing.`);
  }
}
