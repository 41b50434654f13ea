import type { InteractionEvent, NewInteractionEvent } from './interaction-event.ts';
import type { Preference } from './preferences.ts';

/** A change of the history, as listeners receive it. */
export interface HistoryChange {
  /** Events that are new, oldest first. */
  readonly added: readonly InteractionEvent[];
  /** Events that were removed, oldest first. */
  readonly deleted: readonly InteractionEvent[];
  /** `here`: a call in this tab; `elsewhere`: another tab, or anything else that changed the database. */
  readonly origin: 'here' | 'elsewhere';
  /** True if everything was forgotten since the last change that this tab saw. */
  readonly forgotten: boolean;
}

/** The result of an import. */
export interface ImportResult {
  /** The number of events that are new. */
  readonly added: number;
  /** The number of entries whose id was already stored. */
  readonly duplicates: number;
}

/**
 * Whether the browser promised not to evict this site's data. `unsupported`: it cannot be asked; `unasked`: no event
 * has been written yet.
 */
export type PersistenceGrant = 'granted' | 'denied' | 'unasked' | 'unsupported';

/** What a visitor did, newest last. `persistence` says where it is kept, and so for how long. */
export interface InteractionHistory {
  /** `indexeddb`, or `memory` if the browser refuses storage or the page does not want any. */
  readonly persistence: 'indexeddb' | 'memory';
  /** Why the history stays in memory, in words for the visitor; null with `indexeddb`. */
  readonly persistenceReason: string | null;
  /**
   * The browser's answer to `navigator.storage.persist()`, which is called once, after the first event is written. When
   * the answer arrives, listeners receive a change without added or deleted events.
   */
  readonly persistenceGrant: PersistenceGrant;
  /** Every event, by time, then by id. Each change creates a new array. */
  readonly events: readonly InteractionEvent[];
  /** One preference per item, in the order of each item's latest deciding event. Cached until the next change. */
  preferences(): readonly Preference[];
  /** True if `undo` has something to take back. */
  readonly canUndo: boolean;
  /**
   * Adds events. Missing ids and times are filled in. A filled-in time is later than all events of the item, so that
   * the newest event counts even if the clock was set back. An event whose id is already stored changes nothing.
   * Resolves with the completed events once they are stored; if it rejects, nothing has changed.
   *
   * @throws {InvalidEventError} an event is not valid
   * @throws {StorageError} the browser did not store it
   */
  add(events: NewInteractionEvent | readonly NewInteractionEvent[]): Promise<readonly InteractionEvent[]>;
  /**
   * Takes back the last add, import or delete of this tab. Resolves with false if there is nothing left to take back.
   *
   * @throws {StorageError} the browser did not store it
   */
  undo(): Promise<boolean>;
  /**
   * Deletes one event. Resolves with whether it existed.
   *
   * @throws {StorageError} the browser did not store it
   */
  delete(eventId: string): Promise<boolean>;
  /**
   * Deletes every event of an item. Resolves with their number.
   *
   * @throws {StorageError} the browser did not store it
   */
  deleteItem(itemId: string): Promise<number>;
  /**
   * Deletes everything, in every tab; this cannot be undone. It also deletes models that were trained with the history.
   * Resolves when nothing is left.
   *
   * @throws {StorageError} the browser did not store it
   */
  forgetAll(): Promise<void>;
  /** The whole history as JSON text, for `importJson` on this or another device. */
  exportJson(): string;
  /**
   * Adds the events that `exportJson` wrote: all of them or none.
   *
   * @throws {InvalidDataError} the text is not a history, or an entry is wrong (the message has its number)
   * @throws {StorageError} the browser did not store it
   */
  importJson(text: string): Promise<ImportResult>;
  /** Calls `listener` after every change, from any tab. Returns a function that ends the subscription. */
  subscribe(listener: (change: HistoryChange) => void): () => void;
  /** Reads the stored history again. Changes of other tabs arrive without this call. */
  refresh(): Promise<void>;
}
