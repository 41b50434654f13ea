import type { InteractionEvent, NewInteractionEvent } from './interaction-event.ts';
import type { Preference } from './preferences.ts';

/** What a listener is told after the history changed. */
export interface HistoryChange {
  /** Events that are new, oldest first. */
  readonly added: readonly InteractionEvent[];
  /** Events that are gone, oldest first. */
  readonly deleted: readonly InteractionEvent[];
  /** `here`: a call in this tab; `elsewhere`: another tab, or whatever else changed the database. */
  readonly origin: 'here' | 'elsewhere';
  /** True where everything was forgotten since the last change that this tab saw. */
  readonly forgotten: boolean;
}

/** What an import did. */
export interface ImportResult {
  /** How many events are new. */
  readonly added: number;
  /** Entries whose id was stored already. */
  readonly duplicates: number;
}

/**
 * Whether the browser promised not to evict this site's data: `unsupported` where it cannot be asked, `unasked`
 * before the first event is written.
 */
export type PersistenceGrant = 'granted' | 'denied' | 'unasked' | 'unsupported';

/** What a visitor did, newest last. Where and for how long it is kept is `persistence`. */
export interface InteractionHistory {
  /** `indexeddb`, or `memory` where the browser refuses storage (or the page asked for none). */
  readonly persistence: 'indexeddb' | 'memory';
  /** Why the history stays in memory, in words for the visitor; null with `indexeddb`. */
  readonly persistenceReason: string | null;
  /**
   * The browser's answer to `navigator.storage.persist()`, asked once, after the first event written. Listeners are
   * told of it by a change in which nothing was added or deleted.
   */
  readonly persistenceGrant: PersistenceGrant;
  /** Every event, by time, then by id. A new array after each change. */
  readonly events: readonly InteractionEvent[];
  /** One preference an item, in the order in which the items were last spoken of. Cached until the next change. */
  preferences(): readonly Preference[];
  /** True where `undo` has something to take back. */
  readonly canUndo: boolean;
  /**
   * Appends. Missing ids and times are filled in (never earlier than what the item has, so that the newest word
   * counts even if the clock was set back); an event whose id is stored already changes nothing. Resolves with the
   * events as handed in and filled in, once they are stored; rejects with nothing changed.
   *
   * @throws {InvalidEventError} an event that breaks the contract
   * @throws {StorageError} the browser did not store it
   */
  add(events: NewInteractionEvent | readonly NewInteractionEvent[]): Promise<readonly InteractionEvent[]>;
  /**
   * Takes back the last add, import or delete made in this tab. Resolves with false where there is none left.
   *
   * @throws {StorageError} the browser did not store it
   */
  undo(): Promise<boolean>;
  /**
   * Deletes one event for good. Resolves with whether it was there.
   *
   * @throws {StorageError} the browser did not store it
   */
  delete(eventId: string): Promise<boolean>;
  /**
   * Deletes every event of an item. Resolves with how many there were.
   *
   * @throws {StorageError} the browser did not store it
   */
  deleteItem(itemId: string): Promise<number>;
  /**
   * Deletes everything, in every tab; cannot be undone. Resolves when nothing is left, a trained model that was made
   * with the history included.
   *
   * @throws {StorageError} the browser did not store it
   */
  forgetAll(): Promise<void>;
  /** The whole history as JSON text, which `importJson` takes, here and on any other device. */
  exportJson(): string;
  /**
   * Adds what `exportJson` wrote: all of it or nothing.
   *
   * @throws {InvalidDataError} the text is not a history, or an entry is wrong, by its number
   * @throws {StorageError} the browser did not store it
   */
  importJson(text: string): Promise<ImportResult>;
  /** Calls `listener` after every change, from whichever tab. Returns the function that ends it. */
  subscribe(listener: (change: HistoryChange) => void): () => void;
  /** Reads again what is stored; other tabs' changes arrive without it. */
  refresh(): Promise<void>;
}
