import 'fake-indexeddb/auto';
import { afterEach, beforeEach, vi } from 'vitest';
import { HistoryStore } from '../../src/storage/history-store.ts';
import { Database, memoryOnly } from '../../src/storage/database.ts';

// Whoever imports this has a database of its own in every test, and what was opened is closed after it.
let name: string;
let stores: HistoryStore[];
/** The connections of this test, in the order in which they were opened. */
export let databases: Database[];

beforeEach(() => {
  name = `history-${crypto.randomUUID()}`;
  databases = [];
  stores = [];
});

afterEach(() => {
  vi.restoreAllMocks();
  for (const store of stores) store.dispose();
  for (const database of databases) database.dispose();
});

/** A connection to the database of this test. */
export async function openDatabase(): Promise<Database> {
  const { database } = await Database.open({ name });
  if (!database) throw new Error('fake-indexeddb did not open');
  databases.push(database);
  return database;
}

/** Another connection, as another tab has one. */
export async function openHistory(options: { onForgotten?: () => Promise<void> } = {}): Promise<HistoryStore> {
  const database = await openDatabase();
  const store = await HistoryStore.open({ storage: { database, reason: null }, ...options });
  stores.push(store);
  return store;
}

/** A history of a page that keeps nothing. */
export async function openInMemory(options: { onForgotten?: () => Promise<void> } = {}): Promise<HistoryStore> {
  const store = await HistoryStore.open({ storage: memoryOnly('On request'), ...options });
  stores.push(store);
  return store;
}

/** Every write of an event fails, as it does when the quota is used up. */
export function failWrites(error: DOMException) {
  return vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(() => {
    throw error;
  });
}

/** A good event. */
export function good(number: number) {
  return { id: `e${number}`, type: 'like', itemId: '1', ts: number };
}

/** A history file of these events. */
export function file(events: unknown[]): string {
  return JSON.stringify({ format: 'pocketrec-history', version: 1, events });
}
