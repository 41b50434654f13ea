import { ModelMismatchError } from '../errors.ts';
import { type Catalogue, type FilterMask, filterMaskOf } from '../serving/filter-mask.ts';

/**
 * Applies a caller's filter function on the page, where it was defined, for an engine in a worker. The page fetches the
 * item ids once per catalogue; each request then sends one bit per item.
 */
export class ItemFilter {
  readonly #fetchCatalogue: () => Promise<Catalogue>;
  #catalogue: Promise<Catalogue> | null = null;

  /** @param fetchCatalogue fetches the items of the worker's current model */
  constructor(fetchCatalogue: () => Promise<Catalogue>) {
    this.#fetchCatalogue = fetchCatalogue;
  }

  /**
   * Sends `request` with the mask that `mayAppear` gives. If the worker's model has other items by then, the function
   * is applied to those and the request is repeated once.
   *
   * @throws {NoModelError} there is no model yet
   * @throws {ModelMismatchError} the model's items changed again during the second attempt
   */
  async send<Result>(
    mayAppear: (itemId: string) => boolean,
    request: (filter: FilterMask) => Promise<Result>,
  ): Promise<Result> {
    const catalogue = await this.#known();
    try {
      return await request(filterMaskOf(catalogue, mayAppear));
    } catch (error) {
      if (!(error instanceof ModelMismatchError)) throw error;
      this.#catalogue = null;
      return request(filterMaskOf(await this.#known(), mayAppear));
    }
  }

  /** The catalogue, fetched once; if fetching fails, the next request tries again. */
  #known(): Promise<Catalogue> {
    if (this.#catalogue === null) {
      const fetching = this.#fetchCatalogue();
      this.#catalogue = fetching;
      fetching.catch(() => {
        if (this.#catalogue === fetching) this.#catalogue = null;
      });
    }
    return this.#catalogue;
  }
}
