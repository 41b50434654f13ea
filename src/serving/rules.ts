import { clearBit, emptyMask, fullMask, isMasked, setBit } from '../backends/item-mask.ts';
import { EmptyResultError, InvalidOptionError, shown } from '../errors.ts';
import type { FactorModel } from '../model/factor-model.ts';
import type { ModelHistory } from '../model/model-history.ts';
import { maskFor } from './filter-mask.ts';
import type { EngineRecommendOptions } from './recommend-options.ts';

/** The options that decide which items may appear and which part of the history is used. */
export type RuleOptions = Pick<EngineRecommendOptions, 'filterSeen' | 'exclude' | 'only' | 'filter' | 'ignoreHistory'>;

/** The result of the rules. */
export interface AppliedRules {
  /** The items that may not appear, in the layout of `item-mask.ts`. */
  readonly mask: Uint32Array;
  /** The history without the items of `ignoreHistory`. */
  readonly history: ModelHistory;
}

/**
 * Decides which items may appear. A rule can only exclude items, so the order of the rules does not matter. A new rule
 * about items belongs here, and its option in `RecommendOptions`.
 *
 * @param about the model, and the visitor's whole history in its rows
 * @throws {InvalidOptionError} an option has the wrong type
 * @throws {UnknownItemError} an id in `exclude` or `only` is not in the model, or an id in `ignoreHistory` is neither
 *   in the model nor in the history
 * @throws {ModelMismatchError} the `filter` was made for the items of another model
 * @throws {EmptyResultError} the rules exclude every item; the message has the count of each rule
 */
export function applyRules(
  { model, history }: { readonly model: FactorModel; readonly history: ModelHistory },
  options: RuleOptions,
): AppliedRules {
  const filterSeen = options.filterSeen ?? true;
  if (typeof filterSeen !== 'boolean') {
    throw new InvalidOptionError(`filterSeen must be true or false, got ${shown(filterSeen)}.`);
  }
  const seen = filterSeen ? history.entries.map(({ itemRow }) => itemRow) : null;
  const exclude = rowsOf(model, 'exclude', options.exclude ?? []);
  const only = options.only === undefined ? null : rowsOf(model, 'only', options.only);
  const filter = options.filter === undefined ? null : maskFor(model.items, options.filter);
  const ignored = ignoredRows({ model, history }, options.ignoreHistory ?? []);

  const mask = only === null ? emptyMask(model.itemCount) : fullMask(model.itemCount);
  for (const row of only ?? []) clearBit(mask, row);
  for (const [word, bits] of filter?.entries() ?? []) mask[word]! |= bits;
  for (const row of [...(seen ?? []), ...exclude, ...ignored]) setBit(mask, row);

  if (openCount(mask, model.itemCount) === 0) {
    const rules = [
      ...(only === null ? [] : [`only allows ${only.length}`]),
      ...(filter === null ? [] : [`filter allows ${openCount(filter, model.itemCount)}`]),
      ...(seen === null ? [] : [`filterSeen leaves out ${seen.length}`]),
      ...(exclude.length === 0 ? [] : [`exclude leaves out ${exclude.length}`]),
      ...(ignored.size === 0 ? [] : [`ignoreHistory leaves out ${ignored.size}`]),
    ];
    throw new EmptyResultError(
      `No item is left of ${model.itemCount}: ${rules.join(', ')}. Loosen one of these filters.`,
    );
  }
  const entries = history.entries.filter(({ itemRow }) => !ignored.has(itemRow));
  return { mask, history: { ...history, entries } };
}

/**
 * The rows of history items that must not be used. Ids that only the history has are skipped: they have no row.
 *
 * @throws {InvalidOptionError} `itemIds` is not an array
 * @throws {UnknownItemError} an id is neither in the model nor in the history
 */
export function ignoredRows(
  { model, history }: { readonly model: FactorModel; readonly history: ModelHistory },
  itemIds: readonly string[],
): Set<number> {
  requireIds('ignoreHistory', itemIds);
  const ahead = new Set(history.unknownIds);
  return new Set(
    rowsOf(
      model,
      'ignoreHistory',
      itemIds.filter((id) => !ahead.has(id)),
    ),
  );
}

/**
 * The rows of an option's ids.
 *
 * @throws {InvalidOptionError} the option is not an array
 * @throws {UnknownItemError} the model does not have an id; names the option and the id
 */
export function rowsOf(model: FactorModel, option: string, ids: readonly string[]): number[] {
  requireIds(option, ids);
  return ids.map((id) => model.items.rowOf(id, option));
}

function requireIds(option: string, ids: readonly string[]): void {
  if (!Array.isArray(ids)) throw new InvalidOptionError(`${option} must be an array of item ids, got ${shown(ids)}.`);
}

function openCount(mask: Uint32Array, itemCount: number): number {
  let open = 0;
  for (let row = 0; row < itemCount; row++) open += isMasked(mask, row) ? 0 : 1;
  return open;
}
