import { EmptyResultError } from '../errors.ts';
import type { ScoringTable } from '../backends/backend.ts';
import type { FactorModel } from '../model/factor-model.ts';
import { integerWithin } from '../model/fit-options.ts';
import { emptyMask, setBit } from '../backends/item-mask.ts';
import { rowsOf } from './recommend.ts';

/** An item that the same people chose. */
export interface SimilarItem {
  /** An item of the model. */
  readonly itemId: string;
  /** Cosine of the two factor rows, −1 to 1. */
  readonly similarity: number;
}

/** Options of `Recommender.similarItems`. */
export interface SimilarOptions {
  /** How many items, 1 or more; default 10. Fewer come back only where the catalogue holds fewer. */
  readonly count?: number;
  /** Ids that may not appear; default none. */
  readonly exclude?: readonly string[];
  /** Keep the item itself, whose similarity is 1; default false. */
  readonly includeSelf?: boolean;
}

/**
 * The items whose factors point most nearly the same way, by cosine; an item is 1 to itself.
 *
 * @throws {UnknownItemError} an item or an excluded id that the model does not have
 * @throws {EmptyResultError} an item without factors (it had no training data), or exclusions that leave nothing
 */
export async function similarItems(
  request: { readonly model: FactorModel; readonly table: ScoringTable },
  itemId: string,
  options: SimilarOptions = {},
): Promise<SimilarItem[]> {
  const { model, table } = request;
  const count = integerWithin('count', options.count ?? 10, { low: 1 });
  const item = model.items.rowOf(itemId);
  const query = model.itemFactors.slice(item * model.factors, (item + 1) * model.factors);
  if (query.every((value) => value === 0)) {
    throw new EmptyResultError(`Item ${JSON.stringify(itemId)} had no training data, so nothing is similar to it.`);
  }
  const mask = emptyMask(model.itemCount);
  for (const row of rowsOf(model, 'exclude', options.exclude ?? [])) setBit(mask, row);
  if (!(options.includeSelf ?? false)) setBit(mask, item);
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
