import { EmptyResultError, InvalidOptionError, shown } from '../errors.ts';
import type { ItemTable } from '../backends/backend.ts';
import type { FactorModel } from '../model/factor-model.ts';
import { integerWithin } from '../model/fit-options.ts';
import { emptyMask, setBit } from '../backends/item-mask.ts';
import { squaredNorm } from '../backends/factor-row.ts';
import { rowsOf } from './rules.ts';

/** An item that is similar to the given ones. */
export interface SimilarItem {
  /** The item's id. */
  readonly itemId: string;
  /** Cosine of its factors with those of the given item, or with the mean direction of several items; −1 to 1. */
  readonly similarity: number;
}

/** Options of `similarItems`. */
export interface SimilarOptions {
  /** How many items, 1 or more; default 10. Fewer are returned only if fewer may appear. */
  readonly count?: number;
  /** Ids that may not appear; default none. */
  readonly exclude?: readonly string[];
  /** Keep the given items in the list; a single given item has a similarity of 1. Default false. */
  readonly includeSelf?: boolean;
}

/**
 * The items whose factors are most similar to those of the given items, by cosine. Several items have equal weight: the
 * query is the mean of their factor rows, each scaled to length 1. An item given twice counts twice; an item without
 * training data does not count.
 *
 * @param seeds the id of one item, or of several
 * @throws {InvalidOptionError} there are no seeds, or `count` is out of range
 * @throws {UnknownItemError} the model does not have a seed or an excluded id
 * @throws {EmptyResultError} the seeds have no training data or cancel out, or no item is left
 */
export async function similarItems(
  request: { readonly model: FactorModel; readonly table: ItemTable },
  seeds: string | readonly string[],
  options: SimilarOptions = {},
): Promise<SimilarItem[]> {
  const { model, table } = request;
  const count = integerWithin('count', options.count ?? 10, { low: 1 });
  const seedIds = typeof seeds === 'string' ? [seeds] : seeds;
  if (!Array.isArray(seedIds)) {
    throw new InvalidOptionError(`similarItems takes the id of an item, or of several, got ${shown(seeds)}.`);
  }
  if (seedIds.length === 0) {
    throw new InvalidOptionError('similarItems takes the id of an item, or of several, got an empty array.');
  }
  const rows = Uint32Array.from(seedIds, (id) => model.items.rowOf(id));
  const mask = emptyMask(model.itemCount);
  for (const row of rowsOf(model, 'exclude', options.exclude ?? [])) setBit(mask, row);
  if (!(options.includeSelf ?? false)) for (const row of rows) setBit(mask, row);
  const query = await meanDirection(request, rows);
  if (query.every((value) => value === 0)) {
    const names = seedIds.map((id) => JSON.stringify(id)).join(', ');
    throw new EmptyResultError(
      rows.length === 1
        ? `Item ${names} had no training data, so nothing is similar to it.`
        : `Nothing is similar to ${names} together: they had no training data, or they cancel out.`,
    );
  }
  const { topK } = await table.topK(query, { k: Math.min(count, model.itemCount), similarity: 'cosine', mask });
  const found = topK.counts[0]!;
  if (found === 0) {
    throw new EmptyResultError(
      `No item is left of ${model.itemCount}: exclude leaves out ${options.exclude?.length ?? 0}. Exclude fewer.`,
    );
  }
  return [...topK.rows.subarray(0, found)].map((row, place) => ({
    itemId: model.items.idOf(row),
    similarity: topK.scores[place]!,
  }));
}

/**
 * The direction of the mean of `rows`, each scaled to length 1; its own length is arbitrary. Zero rows do not count.
 */
function meanDirection(
  { model, table }: { readonly model: FactorModel; readonly table: ItemTable },
  rows: Uint32Array,
): Promise<Float32Array> {
  const lengths = Array.from(rows, (row) => Math.sqrt(squaredNorm(model.itemFactors, row, model.factors)));
  // Scaled by the first length, so that the mean of a single row is that row to the bit.
  const unit = lengths.find((length) => length > 0) ?? 1;
  const weights = Float32Array.from(lengths, (length) => (length > 0 ? unit / length : 0));
  return table.embeddings.bag({ offsets: Uint32Array.of(0, rows.length), rows, weights, mode: 'mean' });
}
