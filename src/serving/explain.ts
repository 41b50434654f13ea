import { EmptyResultError, UnknownItemError } from '../errors.ts';
import type { ItemTable } from '../backends/backend.ts';
import type { FactorModel } from '../model/factor-model.ts';
import { modelEquations } from './fold-in.ts';
import type { ModelHistory } from '../model/model-history.ts';
import type { HistoryEntry } from '../model/history-entry.ts';

/** The exact share of a score that one history item contributes. */
export interface Contribution {
  /** The history item. */
  readonly itemId: string;
  /** The term of the score that comes from this item; all terms and `baseline` sum to the score. */
  readonly contribution: number;
}

/** A history item's exact share of a score, and the score without that item. */
export interface HistoryContribution extends Contribution {
  /** The score of the explained item if this item were not in the history. */
  readonly scoreWithout: number;
}

/** Why an item has its score: `baseline + Σ contribution = score`, up to rounding. */
export interface Explanation {
  /** The explained item. */
  readonly itemId: string;
  /** Its score for this history: about 0 to 1 for implicit models, in stars for explicit ones. */
  readonly score: number;
  /** Explicit models: μ + b_u + b_i, the mean and the biases of visitor and item, in stars. Implicit: 0. */
  readonly baseline: number;
  /** Every history item that is used, largest |contribution| first. */
  readonly contributions: readonly HistoryContribution[];
}

/** Leave-one-out histories per fold-in: bounds the memory if a history has thousands of entries. */
const foldInBatch = 256;

/** The `count` history entries with the largest contributions, largest first; only positive contributions. */
export function strongestReasons(
  terms: Float64Array,
  itemRows: Uint32Array,
  options: { readonly model: FactorModel; readonly count: number },
): Contribution[] {
  return [...terms]
    .map((contribution, entry) => ({ contribution, row: itemRows[entry]! }))
    .filter(({ contribution }) => contribution > 0)
    .sort((left, right) => right.contribution - left.contribution || left.row - right.row)
    .slice(0, options.count)
    .map(({ contribution, row }) => ({ itemId: options.model.items.idOf(row), contribution }));
}

/**
 * Explains an item's score for this history, and computes the score without each history item by a batch of
 * leave-one-out fold-ins. History items that were only seen are neither used nor listed.
 *
 * @throws {UnknownItemError} the model does not have the item
 * @throws {EmptyResultError} the history has no item of the model, so nothing can explain the score
 */
export async function explain(
  request: { readonly model: FactorModel; readonly table: ItemTable },
  history: ModelHistory,
  itemId: string,
): Promise<Explanation> {
  const { model, table } = request;
  const item = model.items.find(itemId);
  if (item === undefined) {
    throw new UnknownItemError(`Cannot explain ${JSON.stringify(itemId)}: this model has no such item.`);
  }
  const { entries } = history;
  if (entries.length === 0) {
    throw new EmptyResultError(
      `Cannot explain ${JSON.stringify(itemId)}: the history has no item of this model. Rate or like one first.`,
    );
  }
  const { equations, userBiases } = modelEquations([entries], model);
  const baseline = model.globalMean + userBiases[0]! + model.itemBiases[item]!;
  const terms = await table.contributions(equations, Uint32Array.of(item));
  const score = terms.reduce((sum, term) => sum + term, baseline);
  const itemRows = [...equations.columns];
  const withouts = await scoresWithout({ model, table }, entries, { item, itemRows });
  const contributions = itemRows
    .map((itemRow, entry) => ({ itemRow, contribution: terms[entry]!, scoreWithout: withouts[entry]! }))
    .sort((left, right) => Math.abs(right.contribution) - Math.abs(left.contribution) || left.itemRow - right.itemRow)
    .map(({ itemRow, ...parts }) => ({ itemId: model.items.idOf(itemRow), ...parts }));
  return { itemId, score, baseline, contributions };
}

/** The item's score with each of `itemRows` left out of the history in turn. */
async function scoresWithout(
  { model, table }: { readonly model: FactorModel; readonly table: ItemTable },
  entries: readonly HistoryEntry[],
  { item, itemRows }: { readonly item: number; readonly itemRows: readonly number[] },
): Promise<number[]> {
  const { factors, itemFactors } = model;
  const scores: number[] = [];
  for (let first = 0; first < itemRows.length; first += foldInBatch) {
    const histories = itemRows
      .slice(first, first + foldInBatch)
      .map((left) => entries.filter((entry) => entry.itemRow !== left));
    const { equations, userBiases } = modelEquations(histories, model);
    const visitors = await table.foldIn(equations);
    for (let row = 0; row < histories.length; row++) {
      let score = model.globalMean + userBiases[row]! + model.itemBiases[item]!;
      for (let i = 0; i < factors; i++) score += visitors[row * factors + i]! * itemFactors[item * factors + i]!;
      scores.push(score);
    }
  }
  return scores;
}
