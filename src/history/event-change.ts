import type { InteractionEvent } from './interaction-event.ts';
import { byTimeAndId } from './preferences.ts';

/** A change of the history: exactly one of its fields. */
export type EventChange =
  | { readonly add: readonly InteractionEvent[] }
  | { readonly deleteIds: readonly string[] }
  | { readonly deleteItem: string }
  | { readonly forgetAll: true };

/** What a change did to a list of events. */
export interface ChangedEvents {
  /** By time, then by id. */
  readonly events: readonly InteractionEvent[];
  /** Events that were not there before. */
  readonly added: readonly InteractionEvent[];
  /** Events that are no longer there. */
  readonly deleted: readonly InteractionEvent[];
}

/** Applies a change to a list in the order of `orderEvents`. Adding an id that is there changes nothing. */
export function applyEventChange(events: readonly InteractionEvent[], change: EventChange): ChangedEvents {
  if ('add' in change) {
    const ids = new Set(events.map((event) => event.id));
    const added = change.add.filter((event) => !ids.has(event.id) && ids.add(event.id));
    return { events: added.length === 0 ? events : orderEvents([...events, ...added]), added, deleted: [] };
  }
  const goes = condemned(change);
  const deleted = events.filter((event) => goes(event));
  return { events: deleted.length === 0 ? events : events.filter((event) => !goes(event)), added: [], deleted };
}

/** By time, then by id: the same list in every tab, whatever order they were stored in. Sorts in place. */
export function orderEvents(events: InteractionEvent[]): InteractionEvent[] {
  return events.sort(byTimeAndId);
}

function condemned(change: Exclude<EventChange, { add: unknown }>): (event: InteractionEvent) => boolean {
  if ('forgetAll' in change) return () => true;
  if ('deleteItem' in change) return (event) => event.itemId === change.deleteItem;
  const ids = new Set(change.deleteIds);
  return (event) => ids.has(event.id);
}
