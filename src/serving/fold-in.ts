import type { FactorModel } from '../model/factor-model.ts';
import { type HistoryEntry, starsOf } from '../model/history-entry.ts';
import { foldInEquations, type FoldInEquations } from '../model/row-equations.ts';

/**
 * Whether a history is enough to score items. For an implicit model it needs something that the visitor likes: a
 * history of dislikes alone folds in to zero.
 */
export function canFoldIn(entries: readonly HistoryEntry[], model: FactorModel): boolean {
  return model.settings.objective === 'explicit'
    ? entries.some((entry) => starsOf(entry) !== null)
    : entries.some(({ strength }) => strength > 0);
}

/** The row equations of one or more histories under a model, with the bias of each history. */
export function modelEquations(histories: readonly (readonly HistoryEntry[])[], model: FactorModel): FoldInEquations {
  return foldInEquations(histories, model);
}
