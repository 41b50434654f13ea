import type { InteractionEvent } from './interaction-event.ts';

/** What the history says about one item. */
export interface Preference {
  /** The id of the item. */
  readonly itemId: string;
  /** From −1 (dislike) through 0 (only seen) to 1 (like). */
  readonly strength: number;
  /** The stars, if the deciding event was a rating; otherwise null. */
  readonly stars: number | null;
  /** The time of the deciding event, in milliseconds since 1970. */
  readonly ts: number;
}

/** Converts stars, 0.5–5, to a signed strength: 5 ↦ 1, 2.5 ↦ 0, 0.5 ↦ −0.8. */
export function strengthOfStars(stars: number): number {
  return (stars - 2.5) / 2.5;
}

/** The order of a history: by time, then by id, so that it is the same in every tab. */
export function byTimeAndId(left: InteractionEvent, right: InteractionEvent): number {
  return left.ts - right.ts || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0);
}

/**
 * Reduces a history to one preference per item. The latest rating, like or dislike decides (by `ts`, then by `id`). A
 * view decides only if the item has none of these. `remove` takes back all earlier events of the item. The result is in
 * the order of the deciding events.
 */
export function preferencesOf(events: Iterable<InteractionEvent>): Preference[] {
  const ordered = [...events].sort(byTimeAndId);
  const latest = new Map<string, Preference>();
  const spoken = new Set<string>();
  for (const event of ordered) {
    const { itemId, type, ts } = event;
    if (type === 'view' && spoken.has(itemId)) continue;
    latest.delete(itemId); // so that the Map is in the order of the deciding events
    if (type === 'remove') {
      spoken.delete(itemId);
      continue;
    }
    if (type !== 'view') spoken.add(itemId);
    latest.set(itemId, { itemId, ts, strength: strengthOf(event), stars: type === 'rating' ? event.value! : null });
  }
  return [...latest.values()];
}

/** The strength of one event. */
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
