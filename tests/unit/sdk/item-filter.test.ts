import { expect, test, vi } from 'vitest';
import { IdIndex } from '../../../src/data/id-index.ts';
import { ModelMismatchError, NoModelError } from '../../../src/errors.ts';
import { ItemFilter } from '../../../src/sdk/item-filter.ts';
import { catalogueOf, type FilterMask, maskFor } from '../../../src/serving/filter-mask.ts';

/** The worker's side: a model whose items can be exchanged, which says what a mask lets through. */
class WorkerSide {
  items = new IdIndex(['a', 'b', 'c']);
  readonly catalogue = vi.fn(async () => catalogueOf(this.items));
  readonly answer = vi.fn(async (filter: FilterMask) => {
    const mask = maskFor(this.items, filter);
    return this.items.ids.filter((_, row) => ((mask[0]! >>> row) & 1) === 0);
  });
}

const notB = (itemId: string): boolean => itemId !== 'b';

test('the item ids are fetched once, and the function is asked again with each request', async () => {
  const worker = new WorkerSide();
  const filter = new ItemFilter(worker.catalogue);
  const mayAppear = vi.fn(notB);
  expect(await filter.send(mayAppear, worker.answer)).toEqual(['a', 'c']);
  expect(await filter.send(mayAppear, worker.answer)).toEqual(['a', 'c']);
  expect(await filter.send(() => false, worker.answer)).toEqual([]);
  expect(worker.catalogue).toHaveBeenCalledTimes(1);
  expect(mayAppear.mock.calls.map(([itemId]) => itemId)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
});

test('a model of other items meanwhile: the function is asked about those, once', async () => {
  const worker = new WorkerSide();
  const filter = new ItemFilter(worker.catalogue);
  await filter.send(notB, worker.answer);
  worker.items = new IdIndex(['b', 'd']);
  expect(await filter.send(notB, worker.answer)).toEqual(['d']);
  expect(worker.catalogue).toHaveBeenCalledTimes(2);
  expect(worker.answer).toHaveBeenCalledTimes(3);
  // The same items in a new model need nothing new.
  worker.items = new IdIndex(['b', 'd']);
  expect(await filter.send(notB, worker.answer)).toEqual(['d']);
  expect(worker.catalogue).toHaveBeenCalledTimes(2);
});

test('models that change faster than the function can be asked are an error, not a loop', async () => {
  const worker = new WorkerSide();
  const filter = new ItemFilter(async () => {
    const catalogue = catalogueOf(worker.items);
    worker.items = new IdIndex([`${worker.items.ids[0]!}a`]);
    return catalogue;
  });
  await expect(filter.send(notB, worker.answer)).rejects.toThrow(ModelMismatchError);
  expect(worker.answer).toHaveBeenCalledTimes(2);
});

test('without a model the error is that of the engine, and the next request asks again', async () => {
  const worker = new WorkerSide();
  worker.catalogue.mockRejectedValueOnce(new NoModelError('none yet'));
  const filter = new ItemFilter(worker.catalogue);
  await expect(filter.send(notB, worker.answer)).rejects.toThrow(NoModelError);
  expect(await filter.send(notB, worker.answer)).toEqual(['a', 'c']);
});
