import { ModelMismatchError } from '../errors.ts';
import { type Catalogue, type FilterMask, filterMaskOf } from '../serving/filter-mask.ts';

/**
 * A caller's function that says of each item whether it may appear, on the page where it was written, for an engine in
 * a worker. The item ids come to the page once per catalogue; each request then sends one bit per item.
 */
export class ItemFilter {
  readonly #fetchCatalogue: () => Promise<Catalogue>;
  #catalogue: Promise<Catalogue> | null = null;

  /** @param fetchCatalogue asks the worker for the items of the model that answers */
  constructor(fetchCatalogue: () => Promise<Catalogue>) {
    this.#fetchCatalogue = fetchCatalogue;
  }

  /**
   * Sends `request` with the mask of what `mayAppear` says. Where a model of other items has come meanwhile, the
   * function is asked about those and the request is sent again, once.
   *
   * @throws {NoModelError} there is no model whose items could be asked about
   * @throws {ModelMismatchError} yet another model came during the second attempt
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

  /** The catalogue, fetched once; one that could not be fetched is fetched again with the next request. */
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
