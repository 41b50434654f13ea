import type { IDBPTransaction } from 'idb';
import { issueAll, type Database, type KeptModel, type PocketrecSchema, type StoreName } from './database.ts';

/** Models kept on this device, by name; in memory where there is no database. */
export class ModelStore {
  readonly #database: Database | null;
  readonly #inMemory = new Map<string, KeptModel>();

  constructor(database: Database | null) {
    this.#database = database;
  }

  /**
   * Keeps a model, in place of an older one of that name: all of it or nothing.
   *
   * @throws {StorageError} the browser did not store it
   */
  async put(model: KeptModel): Promise<void> {
    if (this.#database === null) {
      this.#inMemory.set(model.name, model);
      return;
    }
    await this.#database.transact(
      { task: `keep the model ${model.name}`, stores: ['models'], mode: 'readwrite' },
      (transaction) => transaction.objectStore('models').put(model),
    );
  }

  /**
   * A kept model; undefined where none has that name.
   *
   * @throws {StorageError} the browser did not read it
   */
  async get(name: string): Promise<KeptModel | undefined> {
    if (this.#database === null) return this.#inMemory.get(name);
    return this.#database.transact(
      { task: `read the model ${name}`, stores: ['models'], mode: 'readonly' },
      (transaction) => transaction.objectStore('models').get(name),
    );
  }

  /**
   * Deletes the models that were made with the visitor's history.
   *
   * @throws {StorageError} the browser did not delete them
   */
  async deleteHistoryModels(): Promise<void> {
    for (const [name, model] of this.#inMemory) if (model.includesHistory) this.#inMemory.delete(name);
    await this.#database?.transact(
      { task: 'delete trained models', stores: ['models'] as StoreName[], mode: 'readwrite' },
      deleteHistoryModels,
    );
  }

  /**
   * Deletes a model; nothing happens where there is none.
   *
   * @throws {StorageError} the browser did not delete it
   */
  async delete(name: string): Promise<void> {
    this.#inMemory.delete(name);
    await this.#database?.transact(
      { task: `delete the model ${name}`, stores: ['models'], mode: 'readwrite' },
      (transaction) => transaction.objectStore('models').delete(name),
    );
  }
}

/** Deletes the models that were made with the visitor's history, in a transaction of somebody else's. */
export async function deleteHistoryModels(
  transaction: IDBPTransaction<PocketrecSchema, StoreName[], 'readwrite'>,
): Promise<void> {
  const store = transaction.objectStore('models');
  const models = await store.getAll();
  const made = models.filter(({ includesHistory }) => includesHistory);
  await issueAll(
    made.map(
      ({ name }) =>
        () =>
          store.delete(name),
    ),
  );
}
