import 'fake-indexeddb/auto';
import { openDB, unwrap, type IDBPDatabase } from 'idb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CorruptModelError, DisposedError, StorageError } from '../../../src/errors.ts';
import {
  Database,
  publishedMigrations,
  type OpenDatabaseOptions,
  type PocketrecSchema,
} from '../../../src/storage/database.ts';
import { ModelStore } from '../../../src/storage/model-store.ts';
import { VerdictStore } from '../../../src/storage/verdict-store.ts';

let name: string;
let opened: { close?: () => void; dispose?: () => void }[];

beforeEach(() => {
  name = `database-${crypto.randomUUID()}`;
  opened = [];
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  for (const one of opened) (one.dispose ?? one.close)?.call(one);
});

async function open(options: OpenDatabaseOptions = {}) {
  const { database } = await Database.open({ name, ...options });
  if (!database) throw new Error('fake-indexeddb did not open');
  opened.push(database);
  return database;
}

/** Something small to keep. */
const keptModel = (standsInFor: string) => ({
  name: 'small',
  files: { manifest: null, tensors: new Uint8Array(0) },
  includesHistory: false,
  standsInFor,
});

const keep = (database: Database, standsInFor: string) => new ModelStore(database).put(keptModel(standsInFor));

const kept = async (database: Database) => (await new ModelStore(database).get('small'))?.standsInFor;

test('a newer schema is refused with its reason, and nothing of it is lost', async () => {
  const newer = await openDB(name, publishedMigrations.length + 1, {
    upgrade: (database) => void database.createObjectStore('future'),
  });
  await newer.put('future', 'precious', 1);
  newer.close();
  const opening = Database.open({ name });
  await expect(opening).rejects.toThrow(StorageError);
  await expect(opening).rejects.toThrow(/written by a newer version of this page.*nothing is lost/);
  const again = await openDB(name);
  opened.push(again);
  expect(await again.get('future', 1)).toBe('precious');
});

test('no indexedDB at all, and one that refuses, mean memory only with the reason', async () => {
  vi.stubGlobal('indexedDB', undefined);
  expect(await Database.open({ name })).toEqual({
    database: null,
    reason: expect.stringMatching(/no IndexedDB here .* until this tab is closed/),
  });
  vi.stubGlobal('indexedDB', {
    open: () => {
      throw new DOMException('Access is denied.', 'SecurityError');
    },
  });
  expect(await Database.open({ name })).toEqual({
    database: null,
    reason: expect.stringContaining('SecurityError: Access is denied.'),
  });
});

/** The versions to come: one more store, and one more again. */
const laterMigrations = [
  ...publishedMigrations,
  (database: IDBPDatabase<PocketrecSchema>) => void unwrap(database).createObjectStore('later'),
  (database: IDBPDatabase<PocketrecSchema>) => void unwrap(database).createObjectStore('muchLater'),
];

test('migrations run one after another, each once, and keep what is stored', async () => {
  const first = await open();
  await keep(first, 'dark');
  first.dispose();
  const second = await open({ migrations: laterMigrations.slice(0, 2) });
  expect(await kept(second)).toBe('dark');
  second.dispose();
  const third = await open({ migrations: laterMigrations });
  expect(await kept(third)).toBe('dark');
  third.dispose();
  const raw = await openDB(name);
  opened.push(raw);
  expect(raw.version).toBe(3);
  expect([...raw.objectStoreNames]).toContain('muchLater');
});

test('a tab that blocks the upgrade is waited for, with a notice', async () => {
  const stubborn = await openDB(name, 1, {
    upgrade: (database) => publishedMigrations[0]!(database as unknown as IDBPDatabase<PocketrecSchema>),
  });
  await stubborn.put('models', keptModel('dark'));
  const notices: string[] = [];
  const database = await open({
    migrations: laterMigrations,
    onNotice: (notice) => {
      notices.push(notice);
      stubborn.close();
    },
  });
  expect(notices).toEqual([expect.stringContaining('Another tab holds the stored history in an older version')]);
  expect(await kept(database)).toBe('dark');
});

test('a tab that never lets go of an older version is an error that says what to do; nothing is lost', async () => {
  const stubborn = await openDB(name, 1, {
    upgrade: (database) => publishedMigrations[0]!(database as unknown as IDBPDatabase<PocketrecSchema>),
  });
  await stubborn.put('models', keptModel('dark'));
  const opening = Database.open({ name, migrations: laterMigrations, blockedTimeoutMs: 20 });
  await expect(opening).rejects.toThrow(StorageError);
  await expect(opening).rejects.toThrow(/from version 1 to 3: another tab holds it open/);
  expect(await stubborn.get('models', 'small')).toMatchObject({ standsInFor: 'dark' });
  stubborn.close();
  const database = await open({ migrations: laterMigrations });
  expect(await kept(database)).toBe('dark');
});

test('another connection that needs a newer version gets it, and this one says so afterwards', async () => {
  const notices: string[] = [];
  const database = await open({ onNotice: (notice) => notices.push(notice) });
  await keep(database, 'dark');
  const newer = await openDB(name, publishedMigrations.length + 1);
  opened.push(newer);
  expect(notices).toEqual([expect.stringContaining('newer version of this page')]);
  const writing = keep(database, 'light');
  await expect(writing).rejects.toThrow(StorageError);
  await expect(writing).rejects.toThrow(/newer version/);
  expect(await newer.get('models', 'small')).toMatchObject({ standsInFor: 'dark' });
});

test('a connection that died is opened again once', async () => {
  const database = await open();
  await keep(database, 'dark');
  const dying = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(() => {
    throw new DOMException('The database connection is closing.', 'InvalidStateError');
  });
  const opens = vi.spyOn(indexedDB, 'open');
  expect(await kept(database)).toBe('dark');
  expect(opens).toHaveBeenCalledTimes(1);
  dying.mockImplementation(() => {
    throw new DOMException('Connection to Indexed Database server lost.', 'UnknownError');
  });
  const writing = keep(database, 'light');
  await expect(writing).rejects.toThrow(StorageError);
  await expect(writing).rejects.toThrow(/UnknownError: Connection to Indexed Database server lost/);
  expect(opens).toHaveBeenCalledTimes(2);
  dying.mockRestore();
  expect(await kept(database)).toBe('dark');
});

test('work that throws aborts its transaction and keeps its error', async () => {
  const database = await open();
  const failing = database.transact({ task: 'test', stores: ['models'], mode: 'readwrite' }, async (transaction) => {
    await transaction.objectStore('models').put(keptModel('half'));
    throw new CorruptModelError('the reason');
  });
  await expect(failing).rejects.toThrow(CorruptModelError);
  expect(await kept(database)).toBeUndefined();
});

test('a disposed database refuses by name', async () => {
  const database = await open();
  database.dispose();
  database.dispose();
  await expect(kept(database)).rejects.toThrow(DisposedError);
});

for (const kind of ['indexeddb', 'memory'] as const) {
  const database = () => (kind === 'indexeddb' ? open() : Promise.resolve(null));

  test(`${kind}: one verdict an adapter and version`, async () => {
    const verdicts = new VerdictStore(await database());
    const verdict = {
      adapter: 'swift',
      version: '1',
      parity: 'equal' as const,
      serve: { cpuMs: 1, gpuMs: 2 },
      train: { cpuMs: 3, gpuMs: 4 },
      measuredAt: 5,
    };
    await verdicts.put({ ...verdict, measuredAt: 1 });
    await verdicts.put(verdict);
    await verdicts.put({ ...verdict, version: '2', parity: 'different' });
    const all = await verdicts.all();
    if (kind === 'memory') return expect(all).toEqual([]);
    expect(all).toHaveLength(2);
    expect(all).toContainEqual(verdict);
    expect(all).toContainEqual({ ...verdict, version: '2', parity: 'different' });
  });

  test(`${kind}: models come back byte for byte and replace each other whole`, async () => {
    const models = new ModelStore(await database());
    const large = new Uint8Array(9 * 2 ** 20 + 5);
    for (let at = 0; at < large.length; at += 997) large[at] = at % 251;
    const files = { manifest: { list: [1, 2.5, null] }, tensors: large };
    expect(await models.get('own')).toBeUndefined();
    await models.put({ name: 'own', files, includesHistory: true, standsInFor: '/models/a/' });
    const kept = await models.get('own');
    if (kind === 'memory') return expect(kept).toBeUndefined(); // there is no later visit to keep it for
    expect(kept!.files.manifest).toStrictEqual(files.manifest);
    expect(Buffer.compare(kept!.files.tensors, large)).toBe(0);
    expect(kept).toMatchObject({ includesHistory: true, standsInFor: '/models/a/' });
    const other = { files: { manifest: null, tensors: new Uint8Array(0) }, includesHistory: false, standsInFor: null };
    await models.put({ name: 'own', ...other });
    expect(await models.get('own')).toStrictEqual({ name: 'own', ...other });
    await models.delete('own');
    expect(await models.get('own')).toBeUndefined();
  });
}
