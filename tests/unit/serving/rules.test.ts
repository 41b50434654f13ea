import { beforeAll, describe, expect, test } from 'vitest';
import { isMasked } from '../../../src/backends/item-mask.ts';
import { EmptyResultError, UnknownItemError } from '../../../src/errors.ts';
import type { FactorModel } from '../../../src/model/factor-model.ts';
import { historyOf } from '../../../src/model/model-history.ts';
import { catalogueOf, filterMaskOf } from '../../../src/serving/filter-mask.ts';
import { applyRules, type RuleOptions } from '../../../src/serving/rules.ts';
import { filmWorld, prefer, trainModel } from '../../support/film-world.ts';

let model: FactorModel;
beforeAll(async () => {
  model = await trainModel(filmWorld(), { factors: 2, epochs: 1 });
});

/** Forty films; love-11 to love-13 stand on both sides of the mask's first word. */
const visited = [prefer('war-0'), prefer('love-12'), prefer('not in this model')];

function apply(options: RuleOptions, preferences = visited): { allowed: string[]; used: string[] } {
  const { mask, history } = applyRules({ model, history: historyOf(preferences, model.items) }, options);
  return {
    allowed: model.items.ids.filter((_, row) => !isMasked(mask, row)),
    used: history.entries.map(({ itemRow }) => model.items.idOf(itemRow)),
  };
}

const filterOf = (mayAppear: (itemId: string) => boolean) => filterMaskOf(catalogueOf(model.items), mayAppear);
const allBut = (...left: string[]) => model.items.ids.filter((itemId) => !left.includes(itemId));

describe('each rule alone', () => {
  test('none given: everything but the history, all of which is in use', () => {
    expect(apply({})).toEqual({ allowed: allBut('war-0', 'love-12'), used: ['war-0', 'love-12'] });
  });

  test('filterSeen: false lets the history appear', () => {
    expect(apply({ filterSeen: false })).toEqual({ allowed: allBut(), used: ['war-0', 'love-12'] });
  });

  test('exclude leaves out what it names', () => {
    expect(apply({ exclude: ['love-11', 'love-13'] }).allowed).toEqual(
      allBut('war-0', 'love-11', 'love-12', 'love-13'),
    );
  });

  test('only leaves out what it does not name', () => {
    expect(apply({ only: ['love-13', 'war-5'] }).allowed).toEqual(['war-5', 'love-13']);
  });

  test('filter leaves out what it says no to', () => {
    expect(apply({ filter: filterOf((itemId) => itemId.endsWith('1')) }).allowed).toEqual([
      'war-1',
      'war-11',
      'love-1',
      'love-11',
    ]);
  });

  test('ignoreHistory: not in use, and still not in the list, even where seen items may appear', () => {
    expect(apply({ ignoreHistory: ['war-0'], filterSeen: false })).toEqual({
      allowed: allBut('war-0'),
      used: ['love-12'],
    });
  });
});

test('together they leave what each of them leaves', () => {
  const { allowed } = apply({
    only: ['war-0', 'war-1', 'war-2', 'war-3', 'love-12'],
    exclude: ['war-1'],
    filter: filterOf((itemId) => itemId !== 'war-2'),
  });
  expect(allowed).toEqual(['war-3']);
});

test('what is not in the model: an error in an option, a history may be ahead', () => {
  for (const option of ['exclude', 'only', 'ignoreHistory'] as const) {
    expect(() => apply({ [option]: ['jaws'] })).toThrow(UnknownItemError);
    expect(() => apply({ [option]: ['jaws'] })).toThrow(new RegExp(`^${option} names "jaws"`));
  }
  expect(apply({ ignoreHistory: ['not in this model'] }).used).toEqual(['war-0', 'love-12']);
});

test('rules that leave nothing are an error with every rule that was given and its count', () => {
  const filter = filterOf((itemId) => itemId === 'war-0');
  const everyRule: RuleOptions = { only: ['war-0', 'love-0'], exclude: ['love-0'], filter, ignoreHistory: ['love-12'] };
  expect(() => apply(everyRule)).toThrow(EmptyResultError);
  expect(() => apply(everyRule)).toThrow(
    'No item is left of 40: only allows 2, filter allows 1, filterSeen leaves out 2, exclude leaves out 1, ' +
      'ignoreHistory leaves out 1. Loosen one of these filters.',
  );
  expect(() => apply({ filter: filterOf(() => false), filterSeen: false })).toThrow(
    'No item is left of 40: filter allows 0. Loosen one of these filters.',
  );
});
