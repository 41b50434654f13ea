import { expect, test, vi } from 'vitest';
import { StorageError } from '../../../src/errors.ts';
import type { HistoryChange } from '../../../src/history/history.ts';
import { ModelStore } from '../../../src/storage/model-store.ts';
import { databases, failWrites, file, good, openHistory } from '../../support/history-stores.ts';

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
