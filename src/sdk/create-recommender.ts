import { backendKinds } from '../backends/backend.ts';
import { oneOf } from '../model/fit-options.ts';
import { Database, memoryOnly, type OpenedStorage } from '../storage/database.ts';
import { VerdictStore } from '../storage/verdict-store.ts';
import { EngineClient } from '../worker/engine-client.ts';
import { requireOptionsOf } from './option-names.ts';
import { PageRecommender } from './page-recommender.ts';
import type { Recommender, RecommenderOptions } from './recommender.ts';

/**
 * What only tests put in.
 *
 * @internal
 */
export interface RecommenderInternals {
  readonly createWorker?: () => Worker;
}

/**
 * Opens the visitor's history, starts the engine in its worker and loads the model: one trained and kept on an
 * earlier visit where there is one, otherwise `options.model`.
 *
 * @throws {InvalidOptionError} an option that does not exist, or a back end of another name
 * @throws {StorageError} the stored history is of a newer version, or another tab does not let go of it
 * @throws {GpuUnavailableError} `backend: 'webgpu'` without a GPU
 * @throws {InvalidDataError} the model's address does not answer
 * @throws {CorruptModelError} the model's files are damaged
 * @throws {ModelMismatchError} the model is of another catalogue, or of a newer format
 * @throws {WorkerLostError} the engine's worker did not start, or died twice
 */
export function createRecommender(options: RecommenderOptions = {}): Promise<Recommender> {
  return openRecommender(options, {});
}

/**
 * `createRecommender` with what tests put in.
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
  // Without old verdicts the engine measures again.
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
