import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb';
import type { BackendVerdict } from '../backends/backend-verdict.ts';
import { DisposedError, RecommenderError, StorageError } from '../errors.ts';
import type { InteractionEvent } from '../history/interaction-event.ts';
import type { ModelFiles } from '../pack/model-pack.ts';
import { PendingWork } from '../pending-work.ts';

/** The state of the event log: one record, updated in the same transaction as every change of `events`. */
export interface EventLogState {
  /** Counts the changes, so that a tab can tell whether its list is up to date. */
  readonly revision: number;
  /** Counts how many times everything was forgotten. */
  readonly generation: number;
}

/** One kept model. */
export interface KeptModel {
  readonly name: string;
  readonly files: ModelFiles;
  /** True if the visitor's history was among its training rows. */
  readonly includesHistory: boolean;
  /** The address of the page's own model, which this one replaces; null if that has no address. */
  readonly standsInFor: string | null;
}

/** The stores of the database, version 1. */
export interface PocketrecSchema extends DBSchema {
  events: { key: string; value: InteractionEvent };
  eventLog: { key: 'state'; value: EventLogState };
  models: { key: string; value: KeptModel };
  verdicts: { key: string; value: BackendVerdict };
  /** Unused; a later version may delete it. */
  settings: { key: string; value: unknown };
}

/** The names of the stores. */
export type StoreName = StoreNames<PocketrecSchema>;

/** Upgrades a database by one version. */
export type Migration = (database: IDBPDatabase<PocketrecSchema>) => void;

/** Migration `n` upgrades a database from version n to version n + 1. Never change a published migration. */
export const publishedMigrations: readonly Migration[] = [
  (database) => {
    database.createObjectStore('events', { keyPath: 'id' });
    database.createObjectStore('eventLog');
    database.createObjectStore('models', { keyPath: 'name' });
    database.createObjectStore('verdicts');
    // Nothing uses this store any more. It stays because removing it would need a new version.
    database.createObjectStore('settings');
  },
];

/** Options of `Database.open`. */
export interface OpenDatabaseOptions {
  /** The name of the database; default `pocketrec`. */
  readonly name?: string;
  /** Milliseconds to wait for another tab that keeps an older version open; default 5000. */
  readonly blockedTimeoutMs?: number;
  /** Called with a sentence when opening has to wait, or when another tab needs the database for a newer version. */
  readonly onNotice?: (notice: string) => void;
  /** Default `publishedMigrations`; their number is the version. Tests pass more, to try later versions. */
  readonly migrations?: readonly Migration[];
}

/** The purpose and the scope of a transaction. */
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
 * The connection to IndexedDB. If the connection died, a transaction opens it again once; if it still fails, it rejects
 * with a `StorageError`.
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
   * Opens the database, or says why this browser keeps nothing: it has no `indexedDB`, or refuses to open it.
   *
   * @throws {StorageError} a newer version wrote the database, or another tab keeps it open
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
   * Runs `work` in one transaction and resolves when the transaction is complete. `work` must change only the stores,
   * because it runs twice if the connection had died. It must await only requests to the stores, because a transaction
   * ends when it has none.
   *
   * @throws {StorageError} the transaction failed and nothing of it was stored; has the browser's reason
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

  /** Closes the connection. Later calls throw `DisposedError`. */
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
        // It had already ended.
      }
      await transaction.done.catch(() => undefined);
      // A request in an aborted transaction only reports AbortError; the transaction has the reason, e.g. the quota.
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
        // Closes for the other tab. If that tab installs a newer version, the next transaction reports it.
        onNotice?.('Another tab needs the stored history for a newer version of this page; reload this tab.');
        this.#drop();
      },
      terminated: () => this.#drop(),
    });
    try {
      return await waiting.orEnd(opening);
    } catch (error) {
      // A connection that opens after the timeout must not block other tabs.
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
 * Issues all requests of a transaction and waits for them. A request that throws synchronously (its value cannot be
 * cloned) is turned into a rejection, so that the rejections of the other requests are handled too.
 */
export async function issueAll(requests: readonly (() => Promise<unknown>)[]): Promise<void> {
  await Promise.all(requests.map(async (request) => request()));
}

/** The storage of a page that keeps nothing, by its own option or because the browser refuses. */
export function memoryOnly(reason: string): OpenedStorage {
  return { database: null, reason: `${reason}; the history lasts until this tab is closed.` };
}

/**
 * Whether an error may come from a dead connection. Safari ends the connections of background tabs and then reports
 * UnknownError or InvalidStateError; a transaction that was running at that moment reports AbortError.
 */
function mayBeDeadConnection(error: unknown): boolean {
  return ['InvalidStateError', 'UnknownError', 'AbortError'].some((name) => isNamed(error, name));
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
