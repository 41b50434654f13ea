import type { Backend, ItemTable } from '../backends/backend.ts';
import { orLost } from '../backends/device-loss.ts';
import type { FactorModel } from '../model/factor-model.ts';

/**
 * A model with its item tables on the back ends that have served it. Every epoch replaces it by a new one: `retire`
 * frees its tables once the pending requests are done.
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
   * @throws {DeviceLostError} the back end was lost before or during the work, even if the work itself never settles
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
    // If opening fails, the next request tries again.
    opening.catch(() => this.#tables.delete(backend));
    return opening;
  }

  #freeWhenIdle(): void {
    if (!this.#isRetired || this.#requests > 0) return;
    for (const opening of this.#tables.values()) void opening.then((table) => table.dispose()).catch(() => {});
    this.#tables.clear();
  }
}
