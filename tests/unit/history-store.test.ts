import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DisposedError, InvalidDataError, InvalidEventError, StorageError } from '../../src/errors.ts';
import { HistoryStore } from '../../src/interactions/history-store.ts';
import type { HistoryChange } from '../../src/interactions/history.ts';
import { preferencesOf } from '../../src/interactions/preferences.ts';
import { Database, memoryOnly } from '../../src/storage/database.ts';
import { ModelStore } from '../../src/storage/model-store.ts';

let name: string;
let databases: Database[];
let stores: HistoryStore[];

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

async function openDatabase(): Promise<Database> {
  const { database } = await Database.open({ name });
  if (!database) throw new Error('fake-indexeddb did not open');
  databases.push(database);
  return database;
}

/** Another connection, as another tab has one. */
async function openHistory(options: { onForgotten?: () => Promise<void> } = {}): Promise<HistoryStore> {
  const database = await openDatabase();
  const store = await HistoryStore.open({ storage: { database, reason: null }, ...options });
  stores.push(store);
  return store;
}

async function openInMemory(options: { onForgotten?: () => Promise<void> } = {}): Promise<HistoryStore> {
  const store = await HistoryStore.open({ storage: memoryOnly('On request'), ...options });
  stores.push(store);
  return store;
}

/** Every write of an event fails, as it does when the quota is used up. */
function failWrites(error: DOMException) {
  return vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(() => {
    throw error;
  });
}

for (const [kind, open] of [
  ['indexeddb', openHistory],
  ['memory', openInMemory],
] as const) {
  test(`${kind}: add fills in id and time, and keeps value and type`, async () => {
    const history = await open();
    const before = Date.now();
    const [event] = await history.add({ type: 'rating', itemId: '10', value: 4.5 });
    expect(event).toStrictEqual({
      id: expect.any(String),
      ts: expect.any(Number),
      type: 'rating',
      itemId: '10',
      value: 4.5,
    });
    expect(event!.ts).toBeGreaterThanOrEqual(before);
    expect(history.events).toStrictEqual([event]);
    expect(history.persistence).toBe(kind);
    expect(history.persistenceReason === null).toBe(kind === 'indexeddb');
  });

  test(`${kind}: the same id twice is one event, and the first stays`, async () => {
    const history = await open();
    await history.add({ id: 'a', ts: 5, type: 'like', itemId: '10' });
    const told = vi.fn();
    history.subscribe(told);
    await history.add([
      { id: 'a', ts: 6, type: 'dislike', itemId: '10' },
      { id: 'a', ts: 7, type: 'dislike', itemId: '10' },
    ]);
    expect(history.events).toStrictEqual([{ id: 'a', ts: 5, type: 'like', itemId: '10' }]);
    expect(told).not.toHaveBeenCalled();
    expect(await history.undo()).toBe(true); // the second add changed nothing, so this takes back the first
    expect(history.events).toStrictEqual([]);
  });

  test(`${kind}: events are in the order of time, then id, however they were added`, async () => {
    const history = await open();
    await history.add({ id: 'b', ts: 20, type: 'like', itemId: '1' });
    await history.add([
      { id: 'c', ts: 10, type: 'like', itemId: '2' },
      { id: 'a', ts: 20, type: 'like', itemId: '3' },
    ]);
    expect(history.events.map((event) => event.id)).toEqual(['c', 'a', 'b']);
  });

  test(`${kind}: the newest word counts, in the same millisecond and after the clock was set back`, async () => {
    const history = await open();
    await history.add([
      { type: 'like', itemId: '10' },
      { type: 'dislike', itemId: '10' },
    ]);
    expect(history.preferences()).toMatchObject([{ itemId: '10', strength: -1 }]);
    vi.spyOn(Date, 'now').mockReturnValue(1000);
    await history.add({ type: 'rating', itemId: '10', value: 5 });
    expect(history.preferences()).toMatchObject([{ itemId: '10', strength: 1, stars: 5 }]);
  });

  test(`${kind}: a wrong event changes nothing`, async () => {
    const history = await open();
    const wrong = history.add([
      { type: 'like', itemId: '10' },
      { type: 'rating', itemId: '11', value: 7 },
    ]);
    await expect(wrong).rejects.toThrow(InvalidEventError);
    await expect(history.add(null as never)).rejects.toThrow('An event must be an object, got null.');
    expect(history.events).toEqual([]);
    expect(history.canUndo).toBe(false);
  });

  test(`${kind}: undo takes back adds and deletes, newest first`, async () => {
    const history = await open();
    const [first] = await history.add({ type: 'like', itemId: '1' });
    const [second] = await history.add({ type: 'like', itemId: '2' });
    expect(await history.delete(first!.id)).toBe(true);
    expect(history.events).toStrictEqual([second]);
    expect(await history.undo()).toBe(true);
    expect(history.events).toStrictEqual([first, second]);
    expect(await history.undo()).toBe(true);
    expect(history.events).toStrictEqual([first]);
    expect(await history.undo()).toBe(true);
    expect(history.events).toStrictEqual([]);
    expect(history.canUndo).toBe(false);
    expect(await history.undo()).toBe(false);
  });

  test(`${kind}: delete and deleteItem say what was there`, async () => {
    const history = await open();
    await history.add([
      { id: 'a', type: 'view', itemId: '1' },
      { id: 'b', type: 'like', itemId: '1' },
      { id: 'c', type: 'like', itemId: '2' },
    ]);
    expect(await history.delete('none')).toBe(false);
    expect(await history.deleteItem('3')).toBe(0);
    expect(await history.deleteItem('1')).toBe(2);
    expect(history.events.map((event) => event.id)).toEqual(['c']);
  });

  test(`${kind}: forgetAll leaves nothing, waits for the rest, and cannot be undone`, async () => {
    const order: string[] = [];
    const history = await open({
      onForgotten: async () => {
        order.push('start');
        await Promise.resolve();
        order.push('end');
      },
    });
    await history.add({ type: 'like', itemId: '1' });
    history.subscribe(({ forgotten, deleted }) => order.push(`told ${forgotten} ${deleted.length}`));
    await history.forgetAll();
    expect(order).toEqual(['start', 'told true 1', 'end']);
    expect(history.events).toEqual([]);
    expect(history.preferences()).toEqual([]);
    expect(await history.undo()).toBe(false);
  });

  test(`${kind}: export and import round trip`, async () => {
    const history = await open();
    await history.add([
      { id: 'a', ts: 1, type: 'rating', itemId: '1', value: 0.5 },
      { id: 'b', ts: 2, type: 'dislike', itemId: 'é"\\\n' },
      { id: 'c', ts: 3.25, type: 'remove', itemId: '1' },
      { id: 'd', ts: 4, type: 'view', itemId: '2', value: 0 },
    ]);
    const events = history.events;
    const text = history.exportJson();
    await history.forgetAll();
    await history.add({ id: 'b', ts: 2, type: 'dislike', itemId: 'é"\\\n' });
    expect(await history.importJson(text)).toEqual({ added: 3, duplicates: 1 });
    expect(history.events).toStrictEqual(events);
    expect(await history.importJson(text)).toEqual({ added: 0, duplicates: 4 });
    await history.undo();
    expect(history.events.map((event) => event.id)).toEqual(['b']);
  });

  test(`${kind}: preferences are those of the events, and cached until they change`, async () => {
    const history = await open();
    await history.add({ type: 'rating', itemId: '1', value: 4 });
    const first = history.preferences();
    expect(history.preferences()).toBe(first);
    expect(first).toEqual(preferencesOf(history.events));
    await history.add({ type: 'like', itemId: '2' });
    expect(history.preferences()).not.toBe(first);
    expect(history.preferences()).toHaveLength(2);
  });

  test(`${kind}: an ended subscription hears nothing; calls after dispose are refused`, async () => {
    const history = await open();
    const told = vi.fn();
    const end = history.subscribe(told);
    await history.add({ type: 'like', itemId: '1' });
    expect(told).toHaveBeenCalledTimes(1);
    end();
    await history.add({ type: 'like', itemId: '2' });
    expect(told).toHaveBeenCalledTimes(1);
    history.dispose();
    history.dispose();
    await expect(history.add({ type: 'like', itemId: '1' })).rejects.toThrow(DisposedError);
  });
}

test.each([
  ['not json', '{', /^The file is not JSON: /],
  ['null', 'null', /"format" must be "pocketrec-history"/],
  ['another format', '{"format":"other","version":1,"events":[]}', /"format" must be/],
  ['a newer version', '{"format":"pocketrec-history","version":2,"events":[]}', /version 2; this page reads version 1/],
  ['no version', '{"format":"pocketrec-history","events":[]}', /of version undefined/],
  ['events not a list', '{"format":"pocketrec-history","version":1,"events":{}}', /"events" must be a list/],
  ['an entry that is no object', file([good(1), 7]), /^Entry 2 .* An event must be an object, got 7/],
  ['an entry without id', file([{ ...good(1), id: '' }]), /^Entry 1 .* id must be a non-empty string, got ""/],
  ['an unknown type', file([good(1), good(2), { ...good(3), type: 'love' }]), /^Entry 3 .* type must be one of/],
  ['an empty item', file([{ ...good(1), itemId: '' }]), /^Entry 1 .* itemId must be/],
  ['a time that is no number', file([{ ...good(1), ts: '5' }]), /^Entry 1 .* ts must be milliseconds/],
  ['a rating out of range', file([{ ...good(1), type: 'rating', value: 5.5 }]), /^Entry 1 .* from 0.5 to 5, got 5.5/],
  ['a rating without stars', file([{ ...good(1), type: 'rating' }]), /^Entry 1 .* got undefined/],
  ['one id, two events', file([good(1), { ...good(1), ts: 9 }]), /^Entries 1 and 2 have the same id "e1" but differ/],
])('import refuses %s, and nothing is imported', async (_what, text, message) => {
  const history = await openHistory();
  await history.add({ id: 'kept', ts: 1, type: 'like', itemId: '1' });
  const result = history.importJson(text);
  await expect(result).rejects.toThrow(InvalidDataError);
  await expect(result).rejects.toThrow(message);
  expect(history.events.map((event) => event.id)).toEqual(['kept']);
});

function good(number: number) {
  return { id: `e${number}`, type: 'like', itemId: '1', ts: number };
}

function file(events: unknown[]): string {
  return JSON.stringify({ format: 'pocketrec-history', version: 1, events });
}

test('history survives: a later connection reads the same events', async () => {
  const first = await openHistory();
  await first.add([
    { id: 'a', ts: 1, type: 'rating', itemId: '1', value: 3.5 },
    { id: 'b', ts: 2, type: 'view', itemId: '2' },
  ]);
  const second = await openHistory();
  expect(second.events).toStrictEqual(first.events);
});

test('written before anyone hears of it', async () => {
  const history = await openHistory();
  const stored: Promise<number>[] = [];
  history.subscribe(() => {
    const count = databases[0]!.transact({ task: 'count', stores: ['events'], mode: 'readonly' }, (transaction) =>
      transaction.objectStore('events').count(),
    );
    stored.push(count);
  });
  await history.add({ type: 'like', itemId: '1' });
  expect(await Promise.all(stored)).toEqual([1]);
});

test('a failed write rejects, changes nothing, and the next one works', async () => {
  const history = await openHistory();
  await history.add({ id: 'a', type: 'like', itemId: '1' });
  const told = vi.fn();
  history.subscribe(told);
  const events = history.events;
  const failing = failWrites(new DOMException('The quota has been exceeded.', 'QuotaExceededError'));
  const result = history.add({ id: 'b', type: 'like', itemId: '2' });
  await expect(result).rejects.toThrow(StorageError);
  await expect(result).rejects.toThrow(/quota is used up \(QuotaExceededError\): could not write 1 event/);
  const imported = history.importJson(file([good(1), good(2)]));
  await expect(imported).rejects.toThrow(/could not write 2 events/);
  expect(history.events).toBe(events);
  expect(told).not.toHaveBeenCalled();
  failing.mockRestore();
  await history.add({ id: 'c', type: 'like', itemId: '3' });
  expect(history.events.map((event) => event.id)).toEqual(['a', 'c']);
  expect((await openHistory()).events.map((event) => event.id)).toEqual(['a', 'c']);
});

test('an import that fails half-way leaves nothing behind', async () => {
  const history = await openHistory();
  let count = 0;
  const original = Object.getOwnPropertyDescriptor(IDBObjectStore.prototype, 'add')!.value as IDBObjectStore['add'];
  vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (this: IDBObjectStore, value, key) {
    count += 1;
    if (count === 3) throw new DOMException('full', 'QuotaExceededError');
    return original.call(this, value, key);
  });
  await expect(history.importJson(file([good(1), good(2), good(3)]))).rejects.toThrow(StorageError);
  expect(count).toBe(3);
  vi.restoreAllMocks();
  expect((await openHistory()).events).toEqual([]);
});

test('a listener that throws does not undo the write', async () => {
  const history = await openHistory();
  const caught = new Promise<unknown>((resolve) => {
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => {
      for (const listener of before) process.on('uncaughtException', listener);
      resolve(error);
    });
  });
  history.subscribe(() => {
    throw new Error('the listener is wrong');
  });
  const told = vi.fn();
  history.subscribe(told);
  await history.add({ type: 'like', itemId: '1' });
  expect(history.events).toHaveLength(1);
  expect(told).toHaveBeenCalledTimes(1);
  expect(await caught).toMatchObject({ message: 'the listener is wrong' });
});

test('two tabs: each hears of the other by BroadcastChannel', async () => {
  const [here, there] = [await openHistory(), await openHistory()];
  const heard = new Promise<HistoryChange>((resolve) => there.subscribe(resolve));
  const [event] = await here.add({ type: 'like', itemId: '1' });
  expect(await heard).toEqual({ added: [event], deleted: [], origin: 'elsewhere', forgotten: false });
  expect(there.events).toStrictEqual([event]);
});

test('two tabs without BroadcastChannel: a write builds on what is stored, refresh reads it', async () => {
  vi.stubGlobal('BroadcastChannel', undefined);
  const [here, there] = [await openHistory(), await openHistory()];
  vi.unstubAllGlobals();
  await here.add({ id: 'a', ts: 1, type: 'like', itemId: '1' });
  expect(there.events).toEqual([]);
  await there.add({ id: 'b', ts: 2, type: 'like', itemId: '2' });
  expect(there.events.map((event) => event.id)).toEqual(['a', 'b']);
  expect(here.events.map((event) => event.id)).toEqual(['a']);
  await here.refresh();
  expect(here.events).toStrictEqual(there.events);
});

test('two tabs: interleaved writes are all kept, and both end the same', async () => {
  const [here, there] = [await openHistory(), await openHistory()];
  const numbers = Array.from({ length: 20 }, (_, number) => number);
  const event = (number: number) => ({ id: `e${number}`, ts: number, type: 'like' as const, itemId: String(number) });
  await Promise.all(numbers.map((number) => (number % 3 === 0 ? here : there).add(event(number))));
  await Promise.all([here.delete('e1'), there.deleteItem('3'), here.add(event(20))]);
  await Promise.all([here.refresh(), there.refresh()]);
  const expected = [...numbers, 20].filter((number) => number !== 1 && number !== 3).map(event);
  expect(here.events).toStrictEqual(expected);
  expect(there.events).toStrictEqual(expected);
  expect((await openHistory()).events).toStrictEqual(expected);
});

test('two tabs: what one forgot does not come back by an undo in the other', async () => {
  vi.stubGlobal('BroadcastChannel', undefined);
  const forgotten = vi.fn(() => Promise.resolve());
  const [here, there] = [await openHistory({ onForgotten: forgotten }), await openHistory()];
  vi.unstubAllGlobals();
  await here.add({ id: 'a', type: 'like', itemId: '1' });
  await here.delete('a');
  await there.forgetAll();
  expect(here.canUndo).toBe(true);
  expect(await here.undo()).toBe(false);
  expect(here.events).toEqual([]);
  expect(forgotten).toHaveBeenCalledTimes(1);
  expect((await openHistory()).events).toEqual([]);
});

test('forgetAll deletes the models that were made with the history, in the same transaction', async () => {
  const history = await openHistory();
  const models = new ModelStore(databases[0]!);
  const files = { manifest: null, tensors: new Uint8Array([1, 2, 3]) };
  const shipped = { name: 'shipped', files, includesHistory: false, standsInFor: null };
  await models.put({ ...shipped, name: 'own', includesHistory: true });
  await models.put(shipped);
  await history.forgetAll();
  expect(await models.get('own')).toBeUndefined();
  expect(await models.get('shipped')).toStrictEqual(shipped);
});

test('persist() is asked once, after the first write, and the answer can be read', async () => {
  const persist = vi.fn(() => Promise.resolve(true));
  vi.stubGlobal('navigator', { storage: { persist } });
  const history = await openHistory();
  expect(history.persistenceGrant).toBe('unasked');
  expect(persist).not.toHaveBeenCalled();
  const answered = vi.waitFor(() => expect(history.persistenceGrant).toBe('granted'));
  await history.add({ type: 'like', itemId: '1' });
  await history.add({ type: 'like', itemId: '2' });
  await answered;
  expect(persist).toHaveBeenCalledTimes(1);
  vi.stubGlobal('navigator', { storage: { persist: () => Promise.resolve(false) } });
  const refused = await openHistory();
  await refused.add({ type: 'like', itemId: '3' });
  await vi.waitFor(() => expect(refused.persistenceGrant).toBe('denied'));
  vi.stubGlobal('navigator', {});
  expect((await openHistory()).persistenceGrant).toBe('unsupported');
  vi.unstubAllGlobals();
});
