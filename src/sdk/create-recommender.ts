import { backendKinds } from '../backends/backend.ts';
import { oneOf } from '../model/fit-options.ts';
import { Database, memoryOnly, type OpenedStorage } from '../storage/database.ts';
import { VerdictStore } from '../storage/verdict-store.ts';
import { EngineClient } from '../worker/engine-client.ts';
import { requireOptionsOf } from './option-names.ts';
import { PageRecommender } from './page-recommender.ts';
import type { Recommender, RecommenderOptions } from './recommender.ts';

/**
 * Parts that only tests replace.
 *
 * @internal
 */
export interface RecommenderInternals {
  readonly createWorker?: () => Worker;
}

/**
 * Opens the visitor's history, starts the engine in its worker and loads a model: the one that an earlier visit trained
 * and kept, if there is one, otherwise `options.model`.
 *
 * @throws {InvalidOptionError} an option does not exist, or the back end is unknown
 * @throws {StorageError} the stored history is of a newer version, or another tab keeps it open
 * @throws {GpuUnavailableError} `backend` is `webgpu` and there is no GPU
 * @throws {InvalidDataError} the model's address does not answer
 * @throws {CorruptModelError} the model's files are damaged
 * @throws {ModelMismatchError} the model is of another catalogue, or its format is newer
 * @throws {WorkerLostError} the engine's worker did not start, or died twice
 */
export function createRecommender(options: RecommenderOptions = {}): Promise<Recommender> {
  return openRecommender(options, {});
}

/**
 * `createRecommender` with parts that tests replace.
 *
 * @internal
 */
export async function openRecommender(
  options: RecommenderOptions,
  internals: RecommenderInternals,
): Promise<Recommender> {
  requireOptionsOf('createRecommender', options);
  const backend = oneOf('backend', options.backend ?? 'auto', ['auto', ...backendKinds]);
  const onNotice = options.onNotice ?? (() => {});
  const opening = openStorage(options);
  const verdictStore = opening.then(({ database }) => new VerdictStore(database));
  // If old verdicts cannot be read, the engine measures again.
  const verdicts = verdictStore.then((store) => store.all()).catch(() => []);
  const client = new EngineClient({
    settings: verdicts.then((kept) => ({ backend, verdicts: kept })),
    onVerdict: async (verdict) => {
      try {
        await (await verdictStore).put(verdict);
      } catch (error) {
        onNotice(`The measured times of the back ends are not kept for the next visit. ${String(error)}`);
      }
    },
    onNotice,
    ...internals,
  });
  // The worker starts while the database opens.
  client.warmUp();
  let storage: OpenedStorage | null = null;
  try {
    storage = await opening;
    return await PageRecommender.create({ options, storage, client, onNotice });
  } catch (error) {
    client.dispose();
    storage?.database?.dispose();
    throw error;
  }
}

async function openStorage(options: RecommenderOptions): Promise<OpenedStorage> {
  const { database = 'pocketrec', onNotice } = options;
  if (database === null) return memoryOnly('This page keeps nothing on the device, as asked');
  const storage = await Database.open({ name: database, onNotice });
  if (storage.reason !== null) onNotice?.(storage.reason);
  return storage;
}
