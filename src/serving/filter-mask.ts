import { clearBit, fullMask } from '../backends/item-mask.ts';
import { InvalidOptionError, ModelMismatchError } from '../errors.ts';
import type { IdIndex } from '../data/id-index.ts';
import { fingerprint } from './fingerprint.ts';

/** The items of a model, in the order of its rows, for whoever asks a function about each. */
export interface Catalogue {
  /** The same for two models exactly where they have the same ids in the same order. */
  readonly key: string;
  readonly itemIds: readonly string[];
}

/** What a caller's function said of every item. A function stays where it was written; this can go to a worker. */
export interface FilterMask {
  /** `key` of the catalogue that the function was asked about. */
  readonly catalogueKey: string;
  /** A bit per item, in the layout of `item-mask.ts`: set where the item may not appear. */
  readonly mask: Uint32Array;
}

/** A model keeps its index over all epochs, so that its key is computed once. */
const keys = new WeakMap<IdIndex, string>();

/** The catalogue of a model's items. */
export function catalogueOf(items: IdIndex): Catalogue {
  const key = keys.get(items) ?? fingerprint(items.ids);
  keys.set(items, key);
  return { key, itemIds: items.ids };
}

/** Asks `mayAppear` once about each item. */
export function filterMaskOf(catalogue: Catalogue, mayAppear: (itemId: string) => boolean): FilterMask {
  const mask = fullMask(catalogue.itemIds.length);
  for (const [row, itemId] of catalogue.itemIds.entries()) if (mayAppear(itemId)) clearBit(mask, row);
  return { catalogueKey: catalogue.key, mask };
}

/**
 * The mask, once it is known to speak of these items.
 *
 * @throws {ModelMismatchError} it was made for other items: ask the function again
 */
export function maskFor(items: IdIndex, { catalogueKey, mask }: FilterMask): Uint32Array {
  if (catalogueKey !== catalogueOf(items).key) {
    throw new ModelMismatchError('The filter was asked about the items of another model than the one that answers.');
  }
  const wordCount = fullMask(items.ids.length).length;
  if (mask.length !== wordCount) {
    throw new InvalidOptionError(
      `Internal: the filter's mask must have ${wordCount} words for ${items.ids.length} items, got ${mask.length}.`,
    );
  }
  return mask;
}
