import type { Backend, ItemTable } from '../backends/backend.ts';
import { orLost } from '../backends/device-loss.ts';
import type { FactorModel } from '../model/factor-model.ts';

/**
 * A model with its tables on the back ends that have served it. Replaced after every epoch: `retire` frees the tables
 * once the requests under way are done.
 */
export class ServingModel {
  readonly model: FactorModel;
  readonly #tables = new Map<Backend, Promise<ItemTable>>();
  #requests = 0;
  #isRetired = false;

  constructor(model: FactorModel) {
    this.model = model;
  }

  /**
   * Runs `work` with this model's table on a back end.
   *
   * @throws {DeviceLostError} the back end was lost meanwhile, also where the work itself would never settle
   */
  async use<Result>(backend: Backend, work: (table: ItemTable) => Promise<Result>): Promise<Result> {
    this.#requests++;
    try {
      return await orLost(backend, this.#table(backend).then(work));
    } finally {
      this.#requests--;
      this.#freeWhenIdle();
    }
  }

  /** Frees the tables as soon as no request uses them. */
  retire(): void {
    this.#isRetired = true;
    this.#freeWhenIdle();
  }

  #table(backend: Backend): Promise<ItemTable> {
    const known = this.#tables.get(backend);
    if (known !== undefined) return known;
    const opening = backend.openItemTable(this.model.itemSide);
    this.#tables.set(backend, opening);
    // A table that could not be opened is tried again at the next request.
    opening.catch(() => this.#tables.delete(backend));
    return opening;
  }

  #freeWhenIdle(): void {
    if (!this.#isRetired || this.#requests > 0) return;
    for (const opening of this.#tables.values()) void opening.then((table) => table.dispose()).catch(() => {});
    this.#tables.clear();
  }
}
