import type { FactorModel } from '../model/factor-model.ts';
import type { Candidates } from './candidates.ts';
import type { Contribution } from './explain.ts';

/** One place of a list of recommendations. */
export interface RecommendedItem {
  /** The item's id. */
  readonly itemId: string;
  /** The model's score: about 0 to 1 for implicit models, in stars for explicit ones. */
  readonly score: number;
  /** The score as a share of the best possible score, clipped to 0–1. */
  readonly match: number;
  /** The position in the list, from 1. */
  readonly position: number;
  /**
   * `model`: scored for this visitor; `popular`: a most chosen item, because nothing is known about the visitor yet.
   */
  readonly source: 'model' | 'popular';
  /** The history items that contribute most to the score, largest first; empty for `popular`. */
  readonly reasons: readonly Contribution[];
}

/**
 * Builds the list that the caller gets.
 *
 * @param list.order indices of the candidates, in the order of the list
 * @param options.reasons a list of reasons for each element of `order`
 */
export function recommendedItems(
  { candidates, order }: { readonly candidates: Candidates; readonly order: readonly number[] },
  { model, reasons }: { readonly model: FactorModel; readonly reasons: readonly (readonly Contribution[])[] },
): RecommendedItem[] {
  return order.map((place, index): RecommendedItem => {
    const score = candidates.scores[place]!;
    return {
      itemId: model.items.idOf(candidates.rows[place]!),
      score,
      match: matchOf(score, model),
      position: index + 1,
      source: candidates.visitor === null ? 'popular' : 'model',
      reasons: reasons[index]!,
    };
  });
}

/** The score as a share of the best possible score: 1 for implicit models, five stars for explicit ones. */
function matchOf(score: number, model: FactorModel): number {
  const best = model.settings.objective === 'explicit' ? 5 : 1;
  return Math.min(1, Math.max(0, score / best));
}
