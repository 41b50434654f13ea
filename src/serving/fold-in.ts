import type { FactorModel } from '../model/factor-model.ts';
import { type HistoryEntry, starsOf } from '../model/history-entry.ts';
import { foldInEquations, type FoldInEquations } from '../model/row-equations.ts';

/**
 * Whether a history says enough to score by. For an implicit model a history of dislikes alone folds in to zero:
 * nothing in it says what the visitor wants.
 */
export function canFoldIn(entries: readonly HistoryEntry[], model: FactorModel): boolean {
  return model.settings.objective === 'explicit'
    ? entries.some((entry) => starsOf(entry) !== null)
    : entries.some(({ strength }) => strength > 0);
}

/** The row equations of one or more histories under a model, with each history's own bias. */
export function modelEquations(histories: readonly (readonly HistoryEntry[])[], model: FactorModel): FoldInEquations {
  return foldInEquations(histories, model);
}
