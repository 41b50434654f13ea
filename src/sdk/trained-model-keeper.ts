import type { ClientModel } from '../worker/engine-client.ts';
import { CorruptModelError, ModelMismatchError, messageOf } from '../errors.ts';
import type { ModelFiles } from '../pack/model-pack.ts';
import type { ModelStore } from '../storage/model-store.ts';

const name = 'trained';

/** Options of `TrainedModelKeeper`. */
export interface TrainedModelKeeperOptions {
  readonly models: ModelStore;
  /**
   * The address of the model given to `createRecommender`; null if it has none. A trained model is only used again if
   * this address is the same as when it was trained.
   */
  readonly standsInFor: string | null;
  /** Called with a sentence when a model could not be kept, read or used again. */
  readonly onNotice: (notice: string) => void;
}

/** Keeps the model trained on this device from one visit to the next. Failures become notices; nothing is thrown. */
export class TrainedModelKeeper {
  readonly #options: TrainedModelKeeperOptions;

  constructor(options: TrainedModelKeeperOptions) {
    this.#options = options;
  }

  /** Keeps a model; replaces an older one. */
  async keep({ source, includesHistory }: ClientModel): Promise<void> {
    const { models, standsInFor, onNotice } = this.#options;
    if (source.files === undefined) return;
    try {
      await models.put({ name, files: source.files, includesHistory, standsInFor });
    } catch (error) {
      onNotice(`The trained model answers now, but is not kept for the next visit. ${messageOf(error)}`);
    }
  }

  /** The kept model's files; null if none is kept that goes with `standsInFor`. */
  async read(): Promise<ModelFiles | null> {
    const { models, standsInFor } = this.#options;
    try {
      const kept = await models.get(name);
      if (kept === undefined) return null;
      if (kept.standsInFor !== standsInFor) {
        await models.delete(name);
        return null;
      }
      return kept.files;
    } catch (error) {
      await this.drop(error);
      return null;
    }
  }

  /** Reports why the kept model is not used; deletes it if it can never be used. */
  async drop(reason: unknown): Promise<void> {
    const { models, onNotice } = this.#options;
    onNotice(`The model trained on this device is not used again. ${messageOf(reason)}`);
    if (reason instanceof CorruptModelError || reason instanceof ModelMismatchError) await this.#delete(models);
  }

  /** Deletes the kept model, because another one was chosen. */
  async delete(): Promise<void> {
    await this.#delete(this.#options.models);
  }

  async #delete(models: ModelStore): Promise<void> {
    try {
      await models.delete(name);
    } catch (error) {
      this.#options.onNotice(`The model trained on this device could not be deleted. ${messageOf(error)}`);
    }
  }
}
