import { deleteDB, openDB, type IDBPDatabase } from 'idb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  createRecommender,
  InvalidDataError,
  StorageError,
  type HistoryChange,
  type Recommender,
} from '../../src/index.ts';
import { HistoryStore } from '../../src/storage/history-store.ts';
import { Database, publishedMigrations, type PocketrecSchema } from '../../src/storage/database.ts';

let name: string;
let ends: (() => void)[];

beforeEach(() => {
  name = `history-${crypto.randomUUID()}`;
  ends = [];
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  for (const end of ends.reverse()) end();
  indexedDB.deleteDatabase(name);
});

/** A history over its own connection, as a tab has one. */
async function openTab(): Promise<HistoryStore> {
  const storage = await Database.open({ name });
  const store = await HistoryStore.open({ storage });
  ends.push(() => {
    store.dispose();
    storage.database?.dispose();
  });
  return store;
}

async function storedEvents(): Promise<unknown[]> {
  const database = await openDB(name);
  try {
    return await database.getAll('events');
  } finally {
    database.close();
  }
}

async function open(notices: string[] = []): Promise<Recommender> {
  const recommender = await createRecommender({
    backend: 'cpu',
    database: name,
    onNotice: (notice) => notices.push(notice),
  });
  ends.push(() => recommender.dispose());
  return recommender;
}

test('events are stored as they are: value, type, nothing else', async () => {
  const history = await openTab();
  await history.add([
    { id: 'a', ts: 1.5, type: 'rating', itemId: '10', value: 4.5, extra: 'dropped' } as never,
    { id: 'b', ts: 2, type: 'view', itemId: '11', value: 0 },
    { id: 'c', ts: 3, type: 'dislike', itemId: '12' },
  ]);
  await history.add({ id: 'a', ts: 9, type: 'like', itemId: '99' });
  expect(await storedEvents()).toStrictEqual([
    { id: 'a', ts: 1.5, type: 'rating', itemId: '10', value: 4.5 },
    { id: 'b', ts: 2, type: 'view', itemId: '11', value: 0 },
    { id: 'c', ts: 3, type: 'dislike', itemId: '12' },
  ]);
  const text = history.exportJson();
  const before = history.events;
  await history.deleteItem('11');
  await history.delete('a');
  expect(await storedEvents()).toHaveLength(1);
  await history.undo();
  expect(await storedEvents()).toHaveLength(2);
  await history.forgetAll();
  expect(await storedEvents()).toEqual([]);
  expect(await history.importJson(text)).toEqual({ added: 3, duplicates: 0 });
  expect(history.events).toStrictEqual(before);
});

test('a malformed import stores nothing', async () => {
  const history = await openTab();
  const text = JSON.stringify({
    format: 'pocketrec-history',
    version: 1,
    events: [
      { id: 'a', ts: 1, type: 'like', itemId: '1' },
      { id: 'b', ts: 1, type: 'rating', itemId: '1', value: Number.NaN },
    ],
  });
  await expect(history.importJson(text)).rejects.toThrow(InvalidDataError);
  await expect(history.importJson(text)).rejects.toThrow(/Entry 2 .* from 0.5 to 5, got null/);
  expect(await storedEvents()).toEqual([]);
});

test('a transaction that is aborted rejects, and neither list nor listeners change', async () => {
  const history = await openTab();
  await history.add({ id: 'a', type: 'like', itemId: '1' });
  // The browser's answer to persist() is told to listeners too.
  await vi.waitFor(() => expect(history.persistenceGrant).toMatch(/granted|denied/));
  const told = vi.fn();
  history.subscribe(told);
  const { add } = Object.getOwnPropertyDescriptors(IDBObjectStore.prototype);
  vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (this: IDBObjectStore, value, key) {
    const request = add.value!.call(this, value, key);
    this.transaction.abort();
    return request;
  });
  const adding = history.add({ id: 'b', type: 'like', itemId: '2' });
  await expect(adding).rejects.toThrow(StorageError);
  await expect(adding).rejects.toThrow(/AbortError.*could not write 1 event.*Nothing was changed/);
  vi.restoreAllMocks();
  expect(history.events.map(({ id }) => id)).toEqual(['a']);
  expect(told).not.toHaveBeenCalled();
  expect(await storedEvents()).toHaveLength(1);
});

test('a full disk is named', async () => {
  const history = await openTab();
  vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(() => {
    throw new DOMException('Encountered full disk.', 'QuotaExceededError');
  });
  await expect(history.add({ type: 'like', itemId: '2' })).rejects.toThrow(/quota is used up \(QuotaExceededError\)/);
  expect(history.events).toEqual([]);
});

test('two tabs hear of each other by BroadcastChannel, and interleaved writes are all kept', async () => {
  const [here, there] = [await openTab(), await openTab()];
  const heard = new Promise<HistoryChange>((resolve) => there.subscribe(resolve));
  const [event] = await here.add({ type: 'like', itemId: '1' });
  expect(await heard).toEqual({ added: [event], deleted: [], origin: 'elsewhere', forgotten: false });
  await Promise.all(
    Array.from({ length: 10 }, (_, number) =>
      (number % 2 === 0 ? here : there).add({ id: `e${number}`, ts: number, type: 'view', itemId: `${number}` }),
    ),
  );
  await vi.waitFor(() => {
    expect(here.events).toHaveLength(11);
    expect(there.events).toHaveLength(11);
  });
  expect(there.events).toStrictEqual(here.events);
});

test('without BroadcastChannel a tab is right again on focus, and when it is seen again', async () => {
  vi.stubGlobal('BroadcastChannel', undefined);
  const [here, there] = [await openTab(), await openTab()];
  await here.add({ id: 'a', type: 'like', itemId: '1' });
  window.dispatchEvent(new Event('focus'));
  await vi.waitFor(() => expect(there.events).toStrictEqual(here.events));
  await here.add({ id: 'b', type: 'like', itemId: '2' });
  document.dispatchEvent(new Event('visibilitychange'));
  await vi.waitFor(() => expect(there.events).toStrictEqual(here.events));
});

test('the connection goes when another tab upgrades; then the error says what to do and nothing is lost', async () => {
  const notices: string[] = [];
  const recommender = await open(notices);
  await recommender.history.add({ id: 'a', type: 'like', itemId: '1' });
  const newer = await openDB(name, publishedMigrations.length + 1);
  ends.push(() => newer.close());
  expect(notices).toEqual([expect.stringContaining('newer version of this page')]);
  const adding = recommender.history.add({ type: 'like', itemId: '2' });
  await expect(adding).rejects.toThrow(StorageError);
  await expect(adding).rejects.toThrow(/newer version of this page.*nothing is lost/);
  expect(recommender.history.events).toHaveLength(1);
  expect(await newer.getAll('events')).toHaveLength(1);
});

test('a newer schema is refused at the start, and stays as it is', async () => {
  const newer = await openDB(name, 99, { upgrade: (database) => void database.createObjectStore('later') });
  newer.close();
  await expect(open()).rejects.toThrow(/newer version/);
  const again = await openDB(name);
  ends.push(() => again.close());
  expect(again.version).toBe(99);
});

test('a blocked upgrade waits with a notice and goes on when the other tab lets go', async () => {
  const stubborn = await openDB(name, 1, {
    upgrade: (database) => publishedMigrations[0]!(database as unknown as IDBPDatabase<PocketrecSchema>),
  });
  const notices: string[] = [];
  const migrations = [...publishedMigrations, () => undefined];
  const storage = await Database.open({
    name,
    migrations,
    onNotice: (notice) => {
      notices.push(notice);
      stubborn.close();
    },
  });
  ends.push(() => storage.database?.dispose());
  expect(storage.reason).toBeNull();
  expect(notices).toEqual([expect.stringContaining('Another tab holds the stored history in an older version')]);
});

test('a blocked upgrade that is never let through is a StorageError', async () => {
  const stubborn = await openDB(name, 1, {
    upgrade: (database) => publishedMigrations[0]!(database as unknown as IDBPDatabase<PocketrecSchema>),
  });
  ends.push(() => stubborn.close());
  const migrations = [...publishedMigrations, () => undefined];
  const opening = Database.open({ name, migrations, blockedTimeoutMs: 30 });
  await expect(opening).rejects.toThrow(StorageError);
  await expect(opening).rejects.toThrow(/Close the other tabs/);
});

test.each([
  ['open throws', () => vi.spyOn(indexedDB, 'open').mockImplementation(denied)],
  ['there is no indexedDB', () => vi.stubGlobal('indexedDB', undefined)],
])('denied storage (%s): memory only, and the page can say so', async (_what, deny) => {
  const { indexedDB: real } = globalThis;
  deny();
  const notices: string[] = [];
  const recommender = await open(notices);
  const { history } = recommender;
  expect(history.persistence).toBe('memory');
  expect(history.persistenceReason).toMatch(/until this tab is closed/);
  expect(history.persistenceGrant).toBe('unsupported');
  expect(notices).toEqual([history.persistenceReason]);
  await history.add({ type: 'like', itemId: '1' });
  expect(history.preferences()).toHaveLength(1);
  await history.undo();
  expect(history.events).toEqual([]);
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  expect((await real.databases()).map((database) => database.name)).not.toContain(name);
});

function denied(): never {
  throw new DOMException('Access to IndexedDB is denied.', 'SecurityError');
}

test('database: null keeps nothing on the device', async () => {
  // Other test files of this origin may have left the default database behind.
  await deleteDB('pocketrec');
  const recommender = await createRecommender({ backend: 'cpu', database: null });
  ends.push(() => recommender.dispose());
  await recommender.history.add({ type: 'like', itemId: '1' });
  expect(recommender.history.persistence).toBe('memory');
  expect(recommender.history.persistenceReason).toMatch(/as asked/);
  expect((await indexedDB.databases()).map((database) => database.name)).not.toContain('pocketrec');
});
