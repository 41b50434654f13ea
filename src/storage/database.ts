import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb';
import type { BackendVerdict } from '../backends/backend-verdict.ts';
import { DisposedError, RecommenderError, StorageError } from '../errors.ts';
import type { InteractionEvent } from '../history/interaction-event.ts';
import type { ModelFiles } from '../pack/model-pack.ts';
import { PendingWork } from '../pending-work.ts';

/** Where the event log stands: one record, written in the transaction of every change of `events`. */
export interface EventLogState {
  /** Counts the changes, so that a tab can tell whether what it holds is what is stored. */
  readonly revision: number;
  /** Counts how often everything was forgotten. */
  readonly generation: number;
}

/** One kept model. */
export interface KeptModel {
  readonly name: string;
  readonly files: ModelFiles;
  /** True when the visitor's history was among its training rows. */
  readonly includesHistory: boolean;
  /** What it stands in for, e.g. the address of the model that the page came with; null where there was none. */
  readonly standsInFor: string | null;
}

/** The one database. Version 1. */
export interface PocketrecSchema extends DBSchema {
  events: { key: string; value: InteractionEvent };
  eventLog: { key: 'state'; value: EventLogState };
  models: { key: string; value: KeptModel };
  verdicts: { key: string; value: BackendVerdict };
  /** Empty: a version to come may delete it. */
  settings: { key: string; value: unknown };
}

/** The names of the stores. */
export type StoreName = StoreNames<PocketrecSchema>;

/** Brings a database one version further. */
export type Migration = (database: IDBPDatabase<PocketrecSchema>) => void;

/** Migration `n` brings a database of version n to version n + 1. Never change one that was published. */
export const publishedMigrations: readonly Migration[] = [
  (database) => {
    database.createObjectStore('events', { keyPath: 'id' });
    database.createObjectStore('eventLog');
    database.createObjectStore('models', { keyPath: 'name' });
    database.createObjectStore('verdicts');
    // Nothing uses this store any more. It stays, because taking it away would be a new version.
    database.createObjectStore('settings');
  },
];

/** How to open the database. */
export interface OpenDatabaseOptions {
  /** Default `pocketrec`. */
  readonly name?: string;
  /** Milliseconds to wait for another tab that holds an older version open; default 5000. */
  readonly blockedTimeoutMs?: number;
  /** Told in words when opening has to wait, or another tab needs the database for a newer version. */
  readonly onNotice?: (notice: string) => void;
  /** Default `publishedMigrations`; their number is the version. For tests of versions to come. */
  readonly migrations?: readonly Migration[];
}

/** What a transaction is for, and over which stores. */
export interface TransactionRequest<Names extends readonly StoreName[], Mode extends IDBTransactionMode> {
  /** For error messages: "could not <task>". */
  readonly task: string;
  readonly stores: Names;
  readonly mode: Mode;
}

/** Either the database, or the reason why everything stays in memory. */
export type OpenedStorage =
  | { readonly database: Database; readonly reason: null }
  | { readonly database: null; readonly reason: string };

/**
 * The connection to IndexedDB. A connection that died is opened again once per transaction; what still fails is a
 * `StorageError`, never a silent success.
 */
export class Database implements Disposable {
  readonly name: string;
  readonly #options: OpenDatabaseOptions;
  readonly #migrations: readonly Migration[];
  #connection: Promise<IDBPDatabase<PocketrecSchema>> | null = null;
  #isDisposed = false;

  private constructor(options: OpenDatabaseOptions) {
    this.name = options.name ?? 'pocketrec';
    this.#options = options;
    this.#migrations = options.migrations ?? publishedMigrations;
  }

  /**
   * Opens the database, or says why this browser keeps nothing: no `indexedDB`, or opening it refused.
   *
   * @throws {StorageError} stored by a newer version, or held open by a tab that does not let go
   */
  static async open(options: OpenDatabaseOptions = {}): Promise<OpenedStorage> {
    if (typeof indexedDB === 'undefined') {
      return memoryOnly('This browser offers no IndexedDB here (private mode, or storage is switched off)');
    }
    const database = new Database(options);
    try {
      await database.#connect();
    } catch (error) {
      if (error instanceof StorageError) throw error;
      return memoryOnly(`The browser refused to open IndexedDB (${String(error)})`);
    }
    return { database, reason: null };
  }

  /**
   * Runs `work` in one transaction and resolves when it is complete. `work` may run twice (when the connection had
   * died), so it must change nothing but the stores, and await nothing but their requests.
   *
   * @throws {StorageError} with the browser's reason; then nothing of the transaction was stored
   */
  async transact<Names extends StoreName[], Mode extends IDBTransactionMode, Result>(
    request: TransactionRequest<Names, Mode>,
    work: (transaction: IDBPTransaction<PocketrecSchema, Names, Mode>) => Promise<Result>,
  ): Promise<Result> {
    for (let isLast = false; ; isLast = true) {
      try {
        return await this.#attempt(request, work);
      } catch (error) {
        if (isLast || !mayBeDeadConnection(error)) throw this.#asStorageError(error, request.task);
        this.#drop();
      }
    }
  }

  /** Closes the connection. Calls after this throw `DisposedError`. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#drop();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #attempt<Names extends StoreName[], Mode extends IDBTransactionMode, Result>(
    request: TransactionRequest<Names, Mode>,
    work: (transaction: IDBPTransaction<PocketrecSchema, Names, Mode>) => Promise<Result>,
  ): Promise<Result> {
    const connection = await this.#connect();
    const transaction = connection.transaction(request.stores, request.mode);
    try {
      const [result] = await Promise.all([work(transaction), transaction.done]);
      return result;
    } catch (error) {
      try {
        transaction.abort();
      } catch {
        // It had ended by itself.
      }
      await transaction.done.catch(() => undefined);
      // A request in an aborted transaction only says AbortError; the transaction knows the reason (quota, say).
      throw transaction.error ?? error;
    }
  }

  #connect(): Promise<IDBPDatabase<PocketrecSchema>> {
    if (this.#isDisposed) throw new DisposedError(`The database ${this.name} was closed; make a new recommender.`);
    if (this.#connection === null) {
      const connection = this.#open();
      this.#connection = connection;
      connection.catch(() => {
        if (this.#connection === connection) this.#connection = null;
      });
    }
    return this.#connection;
  }

  async #open(): Promise<IDBPDatabase<PocketrecSchema>> {
    const { blockedTimeoutMs = 5000, onNotice } = this.#options;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const waiting = new PendingWork();
    const opening = openDB<PocketrecSchema>(this.name, this.#migrations.length, {
      upgrade: (database, oldVersion) => {
        for (const migrate of this.#migrations.slice(oldVersion)) migrate(database);
      },
      blocked: (currentVersion) => {
        onNotice?.('Another tab holds the stored history in an older version; waiting for it.');
        timer = setTimeout(() => waiting.endWith(this.#stillBlocked(currentVersion)), blockedTimeoutMs);
      },
      blocking: () => {
        // Let the other tab have it. If it leaves a newer version behind, the next transaction says so.
        onNotice?.('Another tab needs the stored history for a newer version of this page; reload this tab.');
        this.#drop();
      },
      terminated: () => this.#drop(),
    });
    try {
      return await waiting.orEnd(opening);
    } catch (error) {
      // After giving up, a connection that comes late must not block others.
      void opening.then((connection) => connection.close()).catch(() => undefined);
      throw isNamed(error, 'VersionError') ? this.#asStorageError(error, 'open it') : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #stillBlocked(currentVersion: number): StorageError {
    return new StorageError(
      `The database ${this.name} could not be brought from version ${currentVersion} to ${this.#migrations.length}: another ` +
        `tab holds it open. Close the other tabs of this site and reload; nothing is lost.`,
    );
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.then((open) => open.close()).catch(() => undefined);
  }

  #asStorageError(error: unknown, task: string): unknown {
    if (error instanceof RecommenderError) return error;
    let message = `IndexedDB failed (${String(error)}): could not ${task}. Nothing was changed; try again, or reload the page.`;
    if (isNamed(error, 'QuotaExceededError')) {
      message =
        `The browser's storage quota is used up (QuotaExceededError): could not ${task}. Nothing was changed; ` +
        `free some space on this device, or delete data of this site.`;
    } else if (isNamed(error, 'VersionError')) {
      message =
        `The database ${this.name} was written by a newer version of this page; this one reads version ` +
        `${this.#migrations.length}. Reload the page to get the newer one; nothing is lost.`;
    }
    return new StorageError(message, { cause: error });
  }
}

/**
 * Issues all requests of a transaction and waits for them. One that throws at once (a value that cannot be cloned)
 * rejects like any other, so that none of the others is left without somebody who hears of its end.
 */
export async function issueAll(requests: readonly (() => Promise<unknown>)[]): Promise<void> {
  await Promise.all(requests.map(async (request) => request()));
}

/** The storage of a page that keeps nothing: on request, or because the browser refuses. */
export function memoryOnly(reason: string): OpenedStorage {
  return { database: null, reason: `${reason}; the history lasts until this tab is closed.` };
}

/**
 * Safari ends connections of background tabs and then reports UnknownError or InvalidStateError; a transaction that
 * was running at that moment reports AbortError.
 */
function mayBeDeadConnection(error: unknown): boolean {
  return ['InvalidStateError', 'UnknownError', 'AbortError'].some((name) => isNamed(error, name));
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
