import { InvalidEventError, shown } from '../errors.ts';

/** The types of events. `remove` takes back all earlier events of the item. */
export const interactionTypes = ['rating', 'like', 'dislike', 'view', 'remove'] as const;
/** The type of an event: see `interactionTypes`. */
export type InteractionType = (typeof interactionTypes)[number];

/** One entry of the append-only history. */
export interface InteractionEvent {
  /** Unique; adding an event whose id is already stored changes nothing. */
  readonly id: string;
  /** The type of the event, which decides what `value` means. */
  readonly type: InteractionType;
  /** The id of the item; not empty. The model need not have it. */
  readonly itemId: string;
  /** When it happened, in milliseconds since 1970 (UTC). */
  readonly ts: number;
  /**
   * `rating`: stars, 0.5–5 (required). `like`, `dislike`, `view`: how much it counts, 0–1; default 1 for `like` and
   * `dislike`, 0 for `view` (the item was seen, but that does not count). `remove`: no value.
   */
  readonly value?: number;
}

/** An event as a page passes it: missing `id` and `ts` are filled in. */
export type NewInteractionEvent = Omit<InteractionEvent, 'id' | 'ts'> & Partial<Pick<InteractionEvent, 'id' | 'ts'>>;

/**
 * Checks a value from outside (a page, an import file) and returns it as an event with only the fields of
 * `InteractionEvent`.
 *
 * @throws {InvalidEventError} a field is wrong; says which, what it is and what it must be
 */
export function parseInteractionEvent(input: unknown): InteractionEvent {
  if (typeof input !== 'object' || input === null)
    throw new InvalidEventError(`An event must be an object, got ${shown(input)}.`);
  const { id, type, itemId, ts, value } = input as Record<string, unknown>;
  if (typeof id !== 'string' || id === '')
    throw new InvalidEventError(`An event's id must be a non-empty string, got ${shown(id)}.`);
  if (!interactionTypes.includes(type as InteractionType)) {
    throw new InvalidEventError(`Event ${id}: type must be one of ${interactionTypes.join(', ')}, got ${shown(type)}.`);
  }
  if (typeof itemId !== 'string' || itemId === '') {
    throw new InvalidEventError(`Event ${id}: itemId must be a non-empty string, got ${shown(itemId)}.`);
  }
  if (typeof ts !== 'number' || !Number.isFinite(ts) || ts < 0) {
    throw new InvalidEventError(`Event ${id}: ts must be milliseconds since 1970, got ${shown(ts)}.`);
  }
  const event = { id, type: type as InteractionType, itemId, ts };
  if (event.type === 'rating') return { ...event, value: numberWithin(value, 0.5, 5, id) };
  if (event.type === 'remove' || value === undefined) return event;
  return { ...event, value: numberWithin(value, 0, 1, id) };
}

function numberWithin(value: unknown, low: number, high: number, id: string): number {
  if (typeof value === 'number' && value >= low && value <= high) return value;
  throw new InvalidEventError(`Event ${id}: value must be a number from ${low} to ${high}, got ${shown(value)}.`);
}
