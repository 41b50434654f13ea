import { DisposedError } from '../errors.ts';
import { issueAll, type Database, type EventLogState, type OpenedStorage, type StoreName } from './database.ts';
import { deleteHistoryModels } from './model-store.ts';
import { applyEventChange, orderEvents, type ChangedEvents, type EventChange } from '../history/event-change.ts';
import { readHistoryFile, writeHistoryFile } from '../history/history-file.ts';
import type { HistoryChange, ImportResult, InteractionHistory, PersistenceGrant } from '../history/history.ts';
import {
  parseInteractionEvent,
  type InteractionEvent,
  type NewInteractionEvent,
} from '../history/interaction-event.ts';
import { preferencesOf, type Preference } from '../history/preferences.ts';

/** Options of `HistoryStore.open`. */
export interface HistoryStoreOptions {
  readonly storage: OpenedStorage;
  /**
   * Called when everything was forgotten, here or in another tab, before the listeners are called. `forgetAll` waits
   * for it to resolve.
   */
  readonly onForgotten?: () => Promise<void>;
  /** Called with a sentence when another tab's change could not be read. */
  readonly onNotice?: (notice: string) => void;
}

type UndoStep = { readonly add: readonly InteractionEvent[] } | { readonly deleteIds: readonly string[] };

/** A stored change: the events before it, its effect, and the state of the log after it. */
interface Committed extends ChangedEvents {
  readonly base: readonly InteractionEvent[];
  readonly state: EventLogState;
}

const emptyLog: EventLogState = { revision: 0, generation: 0 };

/**
 * The history in IndexedDB. Every operation is one transaction: it reads the stored revision, and all events if another
 * tab has written since, then changes the stored events. Only then does the list in memory change. Operations of one
 * tab run one after another. So the list is always a state that was stored, and never returns to an older one.
 */
export class HistoryStore implements InteractionHistory, Disposable {
  readonly persistence: 'indexeddb' | 'memory';
  readonly persistenceReason: string | null;
  readonly #database: Database | null;
  readonly #options: HistoryStoreOptions;
  readonly #channel: BroadcastChannel | null;
  readonly #ends = new AbortController();
  readonly #listeners = new Set<(change: HistoryChange) => void>();
  #grant: PersistenceGrant = 'unsupported';
  #askedToPersist = false;
  #events: readonly InteractionEvent[] = [];
  #preferences: readonly Preference[] | null = null;
  #state: EventLogState | null = null;
  #undoSteps: UndoStep[] = [];
  #queue: Promise<unknown> = Promise.resolve();
  #newestFilledTs = 0;

  private constructor(options: HistoryStoreOptions) {
    const { storage } = options;
    this.#options = options;
    this.#database = storage.database;
    this.persistence = storage.database === null ? 'memory' : 'indexeddb';
    this.persistenceReason = storage.reason;
    this.#channel = storage.database === null ? null : openChannel(storage.database.name);
    if (storage.database === null) return;
    if (typeof globalThis.navigator?.storage?.persist === 'function') this.#grant = 'unasked';
    const { signal } = this.#ends;
    const readAgain = () => {
      this.refresh().catch((error: unknown) => options.onNotice?.(`Another tab's change could not be read. ${error}`));
    };
    this.#channel?.addEventListener('message', readAgain, { signal });
    // In case there is no BroadcastChannel, or this tab was frozen and missed a message.
    globalThis.window?.addEventListener('focus', readAgain, { signal });
    globalThis.document?.addEventListener(
      'visibilitychange',
      () => {
        if (document.visibilityState === 'visible') readAgain();
      },
      { signal },
    );
  }

  /**
   * Opens the history and reads what is stored.
   *
   * @throws {StorageError} the stored history cannot be read
   */
  static async open(options: HistoryStoreOptions): Promise<HistoryStore> {
    const store = new HistoryStore(options);
    try {
      await store.refresh();
    } catch (error) {
      store.dispose();
      throw error;
    }
    return store;
  }

  get events(): readonly InteractionEvent[] {
    return this.#events;
  }

  get persistenceGrant(): PersistenceGrant {
    return this.#grant;
  }

  get canUndo(): boolean {
    return this.#undoSteps.length > 0;
  }

  preferences(): readonly Preference[] {
    this.#preferences ??= preferencesOf(this.#events);
    return this.#preferences;
  }

  async add(input: NewInteractionEvent | readonly NewInteractionEvent[]): Promise<readonly InteractionEvent[]> {
    const inputs: readonly unknown[] = Array.isArray(input) ? input : [input];
    const events = inputs.map((event) => parseInteractionEvent(this.#filledIn(event)));
    await this.#change({ add: events });
    return events;
  }

  undo(): Promise<boolean> {
    return this.#enqueue(async () => {
      for (let step = this.#undoSteps.at(-1); step; step = this.#undoSteps.at(-1)) {
        const { added, deleted } = await this.#commit(step, { isUndo: true });
        if (added.length + deleted.length > 0) return true;
      }
      return false;
    });
  }

  async delete(eventId: string): Promise<boolean> {
    const { deleted } = await this.#change({ deleteIds: [eventId] });
    return deleted.length > 0;
  }

  async deleteItem(itemId: string): Promise<number> {
    const { deleted } = await this.#change({ deleteItem: itemId });
    return deleted.length;
  }

  async forgetAll(): Promise<void> {
    await this.#change({ forgetAll: true });
  }

  exportJson(): string {
    return writeHistoryFile(this.#events);
  }

  async importJson(text: string): Promise<ImportResult> {
    const events = readHistoryFile(text);
    const { added } = await this.#change({ add: events });
    return { added: added.length, duplicates: events.length - added.length };
  }

  subscribe(listener: (change: HistoryChange) => void): () => void {
    // One wrapper per subscription, so that a function may subscribe twice and end each subscription by itself.
    const own = (change: HistoryChange) => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  refresh(): Promise<void> {
    return this.#enqueue(() => this.#readStored());
  }

  /** Stops listening to other tabs. Does not close the database, which has its own owner. May be called twice. */
  dispose(): void {
    this.#ends.abort();
    this.#channel?.close();
    this.#listeners.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #change(change: EventChange): Promise<Committed> {
    return this.#enqueue(() => this.#commit(change, { isUndo: false }));
  }

  /** Runs operations one after another, whether or not earlier ones succeeded. */
  #enqueue<Result>(operation: () => Promise<Result>): Promise<Result> {
    if (this.#ends.signal.aborted) {
      return Promise.reject(new DisposedError('This history was disposed of; make a new recommender.'));
    }
    const result = this.#queue.then(operation);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #commit(change: EventChange, { isUndo }: { isUndo: boolean }): Promise<Committed> {
    const committed =
      this.#database === null
        ? commitInMemory(change, { events: this.#events, state: this.#state ?? emptyLog })
        : await this.#commitToDatabase(this.#database, { change, isUndo });
    const { base, events, added, deleted, state } = committed;
    if (base !== this.#events) await this.#takeOver(base, committed.state);
    this.#state = state;
    if (isUndo) this.#undoSteps.pop();
    else if (added.length > 0) this.#undoSteps.push({ deleteIds: added.map((event) => event.id) });
    else if (deleted.length > 0) this.#undoSteps.push({ add: deleted });
    const forgotten = 'forgetAll' in change;
    if (events === base && !forgotten) return committed;
    const following = forgotten ? this.#forgetTheRest() : undefined;
    this.#publish(events, { added, deleted, origin: 'here', forgotten });
    this.#channel?.postMessage(state.revision);
    if (added.length > 0) this.#askToPersist();
    await following;
    return committed;
  }

  #commitToDatabase(database: Database, request: { change: EventChange; isUndo: boolean }): Promise<Committed> {
    const { change, isUndo } = request;
    const held = { events: this.#events, state: this.#state };
    const forgets = 'forgetAll' in change;
    const stores: StoreName[] = ['events', 'eventLog'];
    if (forgets) stores.push('models');
    return database.transact({ task: taskOf(change), stores, mode: 'readwrite' }, async (transaction) => {
      const events = transaction.objectStore('events');
      const log = transaction.objectStore('eventLog');
      const stored = (await log.get('state')) ?? emptyLog;
      const base = isSame(stored, held.state) ? held.events : orderEvents(await events.getAll());
      // An undo in this tab must not bring back what another tab forgot.
      const allowed = isUndo && wasForgotten(held.state, stored) ? { add: [] } : change;
      const changed = applyEventChange(base, allowed);
      if (changed.events === base && !forgets) return { ...changed, base, state: stored };
      const state = {
        revision: stored.revision + 1,
        generation: stored.generation + (forgets ? 1 : 0),
      };
      const append = changed.added.map((event) => () => events.add(event));
      const remove = changed.deleted.map((event) => () => events.delete(event.id));
      const forget = [() => events.clear(), () => deleteHistoryModels(transaction)];
      await issueAll([() => log.put(state, 'state'), ...append, ...(forgets ? forget : remove)]);
      return { ...changed, base, state };
    });
  }

  async #readStored(): Promise<void> {
    const held = this.#state;
    const read = await this.#database?.transact(
      { task: 'read the history', stores: ['events', 'eventLog'], mode: 'readonly' },
      async (transaction) => {
        const state = (await transaction.objectStore('eventLog').get('state')) ?? emptyLog;
        if (isSame(state, held)) return null;
        return { state, events: orderEvents(await transaction.objectStore('events').getAll()) };
      },
    );
    if (read) await this.#takeOver(read.events, read.state);
  }

  /** Replaces the list by the events that another tab or an earlier visit has stored. */
  async #takeOver(events: readonly InteractionEvent[], state: EventLogState): Promise<void> {
    const forgotten = wasForgotten(this.#state, state);
    this.#state = state;
    const ids = new Set(events.map((event) => event.id));
    const heldIds = new Set(this.#events.map((event) => event.id));
    const added = events.filter((event) => !heldIds.has(event.id));
    const deleted = this.#events.filter((event) => !ids.has(event.id));
    const following = forgotten ? this.#forgetTheRest() : undefined;
    this.#publish(events, { added, deleted, origin: 'elsewhere', forgotten });
    await following;
  }

  #forgetTheRest(): Promise<void> | undefined {
    this.#undoSteps = [];
    return this.#options.onForgotten?.();
  }

  #publish(events: readonly InteractionEvent[], change: HistoryChange): void {
    this.#events = events;
    this.#preferences = null;
    for (const listener of Array.from(this.#listeners)) {
      try {
        listener(change);
      } catch (error) {
        // The change is stored, so an error of a listener is reported as an uncaught error instead of failing the call.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  #askToPersist(): void {
    if (this.#grant !== 'unasked' || this.#askedToPersist) return;
    this.#askedToPersist = true;
    const answer = (grant: PersistenceGrant) => {
      this.#grant = grant;
      this.#publish(this.#events, { added: [], deleted: [], origin: 'here', forgotten: false });
    };
    navigator.storage.persist().then(
      (isGranted) => answer(isGranted ? 'granted' : 'denied'),
      () => answer('denied'),
    );
  }

  #filledIn(input: unknown): unknown {
    if (typeof input !== 'object' || input === null) return input;
    const { id, ts, itemId } = input as Partial<NewInteractionEvent>;
    let filledTs = ts;
    if (filledTs === undefined) {
      const newestOfItem = this.#events.findLast((event) => event.itemId === itemId)?.ts ?? 0;
      filledTs = Math.max(Date.now(), newestOfItem + 1, this.#newestFilledTs + 1);
      this.#newestFilledTs = filledTs;
    }
    return { ...input, id: id ?? newEventId(), ts: filledTs };
  }
}

function commitInMemory(
  change: EventChange,
  held: { readonly events: readonly InteractionEvent[]; readonly state: EventLogState },
): Committed {
  return { ...applyEventChange(held.events, change), base: held.events, state: held.state };
}

function isSame(left: EventLogState, right: EventLogState | null): boolean {
  return left.revision === right?.revision && left.generation === right.generation;
}

/** Whether everything was forgotten since `held`. A smaller revision means that the whole database was deleted. */
function wasForgotten(held: EventLogState | null, stored: EventLogState): boolean {
  return held !== null && (stored.generation !== held.generation || stored.revision < held.revision);
}

function taskOf(change: EventChange): string {
  if ('add' in change) return `write ${change.add.length} event${change.add.length === 1 ? '' : 's'} to the history`;
  if ('forgetAll' in change) return 'delete the history';
  return 'delete from the history';
}

function openChannel(databaseName: string): BroadcastChannel | null {
  if (typeof BroadcastChannel === 'undefined') return null;
  return new BroadcastChannel(`pocketrec:${databaseName}`);
}

/** 128 random bits. Pages on plain http have no `randomUUID`. */
function newEventId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(16).padStart(8, '0')).join('-');
}
