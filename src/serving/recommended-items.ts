import type { FactorModel } from '../model/factor-model.ts';
import type { Candidates } from './candidates.ts';
import type { Contribution } from './explain.ts';

/** One place of a list of recommendations. */
export interface RecommendedItem {
  /** An item of the model. */
  readonly itemId: string;
  /** The model's score: implicit about 0 to 1, explicit in stars. */
  readonly score: number;
  /** The score as a share of the best possible one, clipped to 0–1. */
  readonly match: number;
  /** From 1. */
  readonly position: number;
  /** `model`: scored for this visitor; `popular`: nothing is known of the visitor yet. */
  readonly source: 'model' | 'popular';
  /** The history items that speak most for it, strongest first; empty for `popular`. */
  readonly reasons: readonly Contribution[];
}

/**
 * The list, as the caller gets it.
 *
 * @param order places of the candidates, in the order of the list
 * @param options.reasons a list of reasons for each place of the order
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

/** The score as a share of the best possible one: 1 for implicit models, five stars for explicit ones. */
function matchOf(score: number, model: FactorModel): number {
  const best = model.settings.objective === 'explicit' ? 5 : 1;
  return Math.min(1, Math.max(0, score / best));
}
