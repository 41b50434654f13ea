import type { Database } from './database.ts';

/** Small values that a page keeps on this device, by key; in memory without a database. */
export class SettingsStore {
  readonly #database: Database | null;
  readonly #inMemory = new Map<string, unknown>();

  constructor(database: Database | null) {
    this.#database = database;
  }

  /**
   * The value as it was put (a structured clone), or undefined.
   *
   * @throws {StorageError} the browser did not read it
   */
  async get(key: string): Promise<unknown> {
    if (this.#database === null) return this.#inMemory.get(key);
    return this.#database.transact(
      { task: `read the setting ${key}`, stores: ['settings'], mode: 'readonly' },
      (transaction) => transaction.objectStore('settings').get(key),
    );
  }

  /**
   * Keeps a value; undefined deletes it.
   *
   * @throws {StorageError} the browser did not store it
   */
  async put(key: string, value: unknown): Promise<void> {
    if (this.#database === null) {
      this.#inMemory.set(key, structuredClone(value));
      return;
    }
    await this.#database.transact(
      { task: `keep the setting ${key}`, stores: ['settings'], mode: 'readwrite' },
      async (transaction) => {
        const settings = transaction.objectStore('settings');
        await (value === undefined ? settings.delete(key) : settings.put(value, key));
      },
    );
  }
}
