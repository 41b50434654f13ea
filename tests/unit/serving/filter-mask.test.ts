import { expect, test } from 'vitest';
import { isMasked } from '../../../src/backends/item-mask.ts';
import { IdIndex } from '../../../src/data/id-index.ts';
import { InvalidOptionError, ModelMismatchError } from '../../../src/errors.ts';
import { catalogueOf, filterMaskOf, maskFor } from '../../../src/serving/filter-mask.ts';

const itemsOf = (count: number) => new IdIndex(Array.from({ length: count }, (_, row) => `item ${row}`));

test.each([1, 31, 32, 33, 1000])('%d items: the function is asked once about each, in order', (count) => {
  const items = itemsOf(count);
  const asked: string[] = [];
  const filter = filterMaskOf(catalogueOf(items), (itemId) => {
    asked.push(itemId);
    return asked.length % 3 === 1;
  });
  expect(asked).toEqual(items.ids);
  const mask = maskFor(items, filter);
  expect(items.ids.map((_, row) => isMasked(mask, row))).toEqual(items.ids.map((_, row) => row % 3 !== 0));
});

test('the key is that of the ids and their order', () => {
  const key = (...ids: string[]) => catalogueOf(new IdIndex(ids)).key;
  expect(key('a', 'b')).toBe(key('a', 'b'));
  const others = [key('a', 'b'), key('b', 'a'), key('a'), key('ab'), key('a', 'b', 'c')];
  expect(new Set(others).size).toBe(others.length);
});

test('a mask is refused for other items, even as many', () => {
  const filter = filterMaskOf(catalogueOf(new IdIndex(['a', 'b'])), () => true);
  expect(() => maskFor(new IdIndex(['a', 'c']), filter)).toThrow(ModelMismatchError);
});

test('a mask of another length than its catalogue is a broken promise of ours', () => {
  const items = itemsOf(33);
  const filter = { ...filterMaskOf(catalogueOf(items), () => true), mask: new Uint32Array(1) };
  expect(() => maskFor(items, filter)).toThrow(InvalidOptionError);
  expect(() => maskFor(items, filter)).toThrow(/^Internal: .* 2 words for 33 items, got 1/);
});
