import type { BackendVerdict } from '../engine/recommendation.ts';
import type { Database } from './database.ts';

/** What measuring the back ends said on this device, by adapter and version; in memory without a database. */
export class VerdictStore {
  readonly #database: Database | null;
  readonly #inMemory = new Map<string, BackendVerdict>();

  constructor(database: Database | null) {
    this.#database = database;
  }

  /** @throws {StorageError} the browser did not store it */
  async put(verdict: BackendVerdict): Promise<void> {
    const key = keyOf(verdict);
    if (this.#database === null) {
      this.#inMemory.set(key, verdict);
      return;
    }
    await this.#database.transact(
      { task: 'keep the back ends’ times', stores: ['verdicts'], mode: 'readwrite' },
      (transaction) => transaction.objectStore('verdicts').put(verdict, key),
    );
  }

  /**
   * Every verdict that is kept.
   *
   * @throws {StorageError} the browser did not read them
   */
  async all(): Promise<readonly BackendVerdict[]> {
    if (this.#database === null) return [...this.#inMemory.values()];
    return this.#database.transact(
      { task: 'read the back ends’ times', stores: ['verdicts'], mode: 'readonly' },
      (transaction) => transaction.objectStore('verdicts').getAll(),
    );
  }
}

function keyOf({ adapter, version }: Pick<BackendVerdict, 'adapter' | 'version'>): string {
  return JSON.stringify([adapter, version]);
}
