import type { BackendVerdict } from '../backends/backend-verdict.ts';
import type { Database } from './database.ts';

/**
 * Stores measurements of the back ends on this device, by adapter and version. Without a database it stores nothing.
 */
export class VerdictStore {
  readonly #database: Database | null;

  constructor(database: Database | null) {
    this.#database = database;
  }

  /** @throws {StorageError} the browser did not store it */
  async put(verdict: BackendVerdict): Promise<void> {
    await this.#database?.transact(
      { task: 'keep the back ends’ times', stores: ['verdicts'], mode: 'readwrite' },
      (transaction) =>
        transaction.objectStore('verdicts').put(verdict, JSON.stringify([verdict.adapter, verdict.version])),
    );
  }

  /**
   * Every stored verdict.
   *
   * @throws {StorageError} the browser did not read them
   */
  async all(): Promise<readonly BackendVerdict[]> {
    const kept = await this.#database?.transact(
      { task: 'read the back ends’ times', stores: ['verdicts'], mode: 'readonly' },
      (transaction) => transaction.objectStore('verdicts').getAll(),
    );
    return kept ?? [];
  }
}
