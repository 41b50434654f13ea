import { clearBit, emptyMask, fullMask, isMasked, setBit } from '../backends/item-mask.ts';
import { EmptyResultError, InvalidOptionError, shown } from '../errors.ts';
import type { FactorModel } from '../model/factor-model.ts';
import type { ModelHistory } from '../model/model-history.ts';
import { maskFor } from './filter-mask.ts';
import type { EngineRecommendOptions } from './recommend-options.ts';

/** The options that say which items may appear, and which of the history counts. */
export type RuleOptions = Pick<EngineRecommendOptions, 'filterSeen' | 'exclude' | 'only' | 'filter' | 'ignoreHistory'>;

/** What the rules leave. */
export interface AppliedRules {
  /** A set bit: the item may not appear. The layout of `item-mask.ts`. */
  readonly mask: Uint32Array;
  /** The history in use, without what `ignoreHistory` names. */
  readonly history: ModelHistory;
}

/**
 * From options, model and history to what may appear. Rules only ever leave out, so their order does not matter.
 *
 * @param about the model, and the visitor's whole history in its rows
 * @throws {InvalidOptionError} an option of another kind than it takes
 * @throws {UnknownItemError} an id in `exclude`, `only` or `ignoreHistory` that neither model nor history has
 * @throws {ModelMismatchError} a `filter` that was made for the items of another model
 * @throws {EmptyResultError} rules that leave nothing, each with its count
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
 * The rows of history items that must not be used. A history may be ahead of the model: those ids have no row.
 *
 * @throws {InvalidOptionError} not an array
 * @throws {UnknownItemError} an id that neither model nor history has
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
 * @throws {InvalidOptionError} not an array
 * @throws {UnknownItemError} naming the option and the id
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
