import { clearBit, fullMask } from '../backends/item-mask.ts';
import { InvalidOptionError, ModelMismatchError } from '../errors.ts';
import type { IdIndex } from '../data/id-index.ts';
import { fingerprint } from './fingerprint.ts';

/** The items of a model in the order of its rows, to which a caller applies a filter function. */
export interface Catalogue {
  /** Equal for two models if and only if they have the same ids in the same order. */
  readonly key: string;
  readonly itemIds: readonly string[];
}

/** The results of a caller's filter function for every item. Unlike the function, they can be sent to a worker. */
export interface FilterMask {
  /** `key` of the catalogue to which the function was applied. */
  readonly catalogueKey: string;
  /** One bit per item, in the layout of `item-mask.ts`; set if the item may not appear. */
  readonly mask: Uint32Array;
}

/** Keys by index. The models of all epochs share one index, so that its key is computed once. */
const keys = new WeakMap<IdIndex, string>();

/** The catalogue of a model's items. */
export function catalogueOf(items: IdIndex): Catalogue {
  const key = keys.get(items) ?? fingerprint(items.ids);
  keys.set(items, key);
  return { key, itemIds: items.ids };
}

/** Calls `mayAppear` once per item. */
export function filterMaskOf(catalogue: Catalogue, mayAppear: (itemId: string) => boolean): FilterMask {
  const mask = fullMask(catalogue.itemIds.length);
  for (const [row, itemId] of catalogue.itemIds.entries()) if (mayAppear(itemId)) clearBit(mask, row);
  return { catalogueKey: catalogue.key, mask };
}

/**
 * The mask, checked to be for these items.
 *
 * @throws {ModelMismatchError} it was made for other items; the caller must apply the function again
 */
export function maskFor(items: IdIndex, { catalogueKey, mask }: FilterMask): Uint32Array {
  if (catalogueKey !== catalogueOf(items).key) {
    throw new ModelMismatchError('The filter was made for the items of another model than the one that answers.');
  }
  const wordCount = fullMask(items.ids.length).length;
  if (mask.length !== wordCount) {
    throw new InvalidOptionError(
      `Internal: the filter's mask must have ${wordCount} words for ${items.ids.length} items, got ${mask.length}.`,
    );
  }
  return mask;
}
