import type { IDBPTransaction } from 'idb';
import { CorruptModelError } from '../errors.ts';
import { issueAll, type Database, type PocketrecSchema, type StoredModelEntry, type StoreName } from './database.ts';

/** A kept model: its files, and what is known of it. */
export interface KeptModel extends Pick<StoredModelEntry, 'includesHistory' | 'standsInFor' | 'savedAt'> {
  /** Bytes by file name. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Few large records: one put of 2.5 MB takes a tenth of the time of ten thousand small ones. */
const chunkByteLength = 4 * 2 ** 20;

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
  async put(name: string, model: KeptModel): Promise<void> {
    if (this.#database === null) {
      this.#inMemory.set(name, model);
      return;
    }
    const files = Object.entries(model.files).map(([fileName, bytes]) => ({ fileName, chunks: chunksOf(bytes) }));
    const entry: StoredModelEntry = {
      name,
      files: files.map(({ fileName, chunks }) => ({
        name: fileName,
        byteLength: model.files[fileName]!.byteLength,
        chunkCount: chunks.length,
      })),
      includesHistory: model.includesHistory,
      standsInFor: model.standsInFor,
      savedAt: model.savedAt,
    };
    await this.#database.transact(
      { task: `keep the model ${name}`, stores: ['models', 'modelChunks'], mode: 'readwrite' },
      async (transaction) => {
        const chunkStore = transaction.objectStore('modelChunks');
        const clear = () => chunkStore.delete(chunkRange(name));
        const describe = () => transaction.objectStore('models').put(entry);
        const fill = files.flatMap(({ fileName, chunks }) =>
          chunks.map((chunk, number) => () => chunkStore.put(chunk, [name, fileName, number])),
        );
        await issueAll([clear, describe, ...fill]);
      },
    );
  }

  /**
   * The model of that name, or undefined.
   *
   * @throws {CorruptModelError} parts of it are missing
   * @throws {StorageError} the browser did not read it
   */
  async get(name: string): Promise<KeptModel | undefined> {
    if (this.#database === null) return this.#inMemory.get(name);
    return this.#database.transact(
      { task: `read the model ${name}`, stores: ['models', 'modelChunks'], mode: 'readonly' },
      async (transaction) => {
        const entry = await transaction.objectStore('models').get(name);
        if (!entry) return undefined;
        const files: Record<string, Uint8Array> = {};
        for (const file of entry.files) {
          const numbers = Array.from({ length: file.chunkCount }, (_, number) => number);
          const chunks = await Promise.all(
            numbers.map((number) => transaction.objectStore('modelChunks').get([name, file.name, number])),
          );
          files[file.name] = joined(chunks, { modelName: name, fileName: file.name, byteLength: file.byteLength });
        }
        const { includesHistory, standsInFor, savedAt } = entry;
        return { files, includesHistory, standsInFor, savedAt };
      },
    );
  }

  /**
   * Deletes every model that was made with the visitor's history.
   *
   * @throws {StorageError} the browser did not store it
   */
  async deleteHistoryModels(): Promise<void> {
    for (const [name, model] of this.#inMemory) if (model.includesHistory) this.#inMemory.delete(name);
    await this.#database?.transact(
      { task: 'delete trained models', stores: ['models', 'modelChunks'] as StoreName[], mode: 'readwrite' },
      deleteHistoryModels,
    );
  }

  /**
   * Deletes the model of that name, if there is one.
   *
   * @throws {StorageError} the browser did not store it
   */
  async delete(name: string): Promise<void> {
    this.#inMemory.delete(name);
    await this.#database?.transact(
      { task: `delete the model ${name}`, stores: ['models', 'modelChunks'], mode: 'readwrite' },
      async (transaction) => {
        await issueAll([
          () => transaction.objectStore('models').delete(name),
          () => transaction.objectStore('modelChunks').delete(chunkRange(name)),
        ]);
      },
    );
  }
}

/** Deletes every model that was made with the visitor's history, within a transaction that forgets that history. */
export async function deleteHistoryModels(
  transaction: IDBPTransaction<PocketrecSchema, StoreName[], 'readwrite'>,
): Promise<void> {
  const entries = await transaction.objectStore('models').getAll();
  await issueAll(
    entries
      .filter((entry) => entry.includesHistory)
      .flatMap(({ name }) => [
        () => transaction.objectStore('models').delete(name),
        () => transaction.objectStore('modelChunks').delete(chunkRange(name)),
      ]),
  );
}

/** Every key that begins with the name: an array is greater than any string. */
function chunkRange(name: string): IDBKeyRange {
  return IDBKeyRange.bound([name], [name, []]);
}

function chunksOf(bytes: Uint8Array): Uint8Array<ArrayBuffer>[] {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0; start < bytes.byteLength; start += chunkByteLength) {
    chunks.push(bytes.slice(start, start + chunkByteLength));
  }
  return chunks;
}

function joined(
  chunks: readonly (Uint8Array | undefined)[],
  file: { readonly modelName: string; readonly fileName: string; readonly byteLength: number },
): Uint8Array {
  const bytes = new Uint8Array(file.byteLength);
  let at = 0;
  for (const chunk of chunks) {
    if (!chunk || at + chunk.byteLength > bytes.byteLength) break;
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  if (at !== bytes.byteLength) {
    throw new CorruptModelError(
      `The kept model ${file.modelName} has ${at} of ${bytes.byteLength} bytes of ${file.fileName}; train or load it again.`,
    );
  }
  return bytes;
}
