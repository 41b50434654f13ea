import type { IDBPTransaction } from 'idb';
import { issueAll, type Database, type KeptModel, type PocketrecSchema, type StoreName } from './database.ts';

/** Keeps models on this device from one visit to the next, by name. Without a database it keeps nothing. */
export class ModelStore {
  readonly #database: Database | null;

  constructor(database: Database | null) {
    this.#database = database;
  }

  /**
   * Keeps a model and replaces an older one of the same name, in one transaction.
   *
   * @throws {StorageError} the browser did not store it
   */
  async put(model: KeptModel): Promise<void> {
    await this.#database?.transact(
      { task: `keep the model ${model.name}`, stores: ['models'], mode: 'readwrite' },
      (transaction) => transaction.objectStore('models').put(model),
    );
  }

  /**
   * The model of a name; undefined if there is none.
   *
   * @throws {StorageError} the browser did not read it
   */
  async get(name: string): Promise<KeptModel | undefined> {
    return this.#database?.transact(
      { task: `read the model ${name}`, stores: ['models'], mode: 'readonly' },
      (transaction) => transaction.objectStore('models').get(name),
    );
  }

  /**
   * Deletes the models that were trained with the visitor's history.
   *
   * @throws {StorageError} the browser did not delete them
   */
  async deleteHistoryModels(): Promise<void> {
    await this.#database?.transact(
      { task: 'delete trained models', stores: ['models'] as StoreName[], mode: 'readwrite' },
      deleteHistoryModels,
    );
  }

  /**
   * Deletes the model of a name, if there is one.
   *
   * @throws {StorageError} the browser did not delete it
   */
  async delete(name: string): Promise<void> {
    await this.#database?.transact(
      { task: `delete the model ${name}`, stores: ['models'], mode: 'readwrite' },
      (transaction) => transaction.objectStore('models').delete(name),
    );
  }
}

/** Deletes the models that were trained with the visitor's history, as part of the caller's transaction. */
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
