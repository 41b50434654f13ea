import type { InteractionEvent } from './interaction-event.ts';
import { byTimeAndId } from './preferences.ts';

/** A change of the history. */
export type EventChange =
  | { readonly add: readonly InteractionEvent[] }
  | { readonly deleteIds: readonly string[] }
  | { readonly deleteItem: string }
  | { readonly forgetAll: true };

/** The effect of a change on a list of events. */
export interface ChangedEvents {
  /** All events after the change, by time, then by id. */
  readonly events: readonly InteractionEvent[];
  /** Events that are new. */
  readonly added: readonly InteractionEvent[];
  /** Events that were removed. */
  readonly deleted: readonly InteractionEvent[];
}

/** Applies a change to a list in the order of `orderEvents`. Adding an event whose id exists changes nothing. */
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

/** Sorts events in place by time, then by id, so that every tab has the same list, however they were stored. */
export function orderEvents(events: InteractionEvent[]): InteractionEvent[] {
  return events.sort(byTimeAndId);
}

function condemned(change: Exclude<EventChange, { add: unknown }>): (event: InteractionEvent) => boolean {
  if ('forgetAll' in change) return () => true;
  if ('deleteItem' in change) return (event) => event.itemId === change.deleteItem;
  const ids = new Set(change.deleteIds);
  return (event) => ids.has(event.id);
}
