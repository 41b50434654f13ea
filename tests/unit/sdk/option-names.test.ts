import { expect, test } from 'vitest';
import { InvalidOptionError } from '../../../src/errors.ts';
import { requireOptionsOf, type CallWithOptions } from '../../../src/sdk/option-names.ts';

test.each<[CallWithOptions, string, string]>([
  ['createRecommender', 'databse', 'database'],
  ['recommend', 'filterseen', 'filterSeen'],
  ['similarItems', 'excude', 'exclude'],
  ['explain', 'ignorehistory', 'ignoreHistory'],
  ['fit', 'pauseWhenHiden', 'pauseWhenHidden'],
  ['fit', 'factor', 'factors'],
  ['load', 'catalog', 'catalogue'],
  ['starterItems', 'candidate', 'candidates'],
  ['compareBackends', 'counts', 'count'],
])('%s: %s is refused, and %s proposed', (call, typo, meant) => {
  expect(() => requireOptionsOf(call, { [typo]: undefined })).toThrow(InvalidOptionError);
  expect(() => requireOptionsOf(call, { [typo]: 1 })).toThrow(
    new RegExp(`^Unknown option '${typo}' of ${call}; did you mean '${meant}'\\? It takes .*\\b${meant}\\b`),
  );
  expect(() => requireOptionsOf(call, { [meant]: 1 })).not.toThrow();
});

test('what one call takes is not what another takes', () => {
  expect(() => requireOptionsOf('similarItems', { reasons: 2 })).toThrow(/It takes count, exclude, includeSelf\.$/);
  expect(() => requireOptionsOf('fit', { alpha: 1, signal: undefined, keepTrainedModel: true })).not.toThrow();
});
