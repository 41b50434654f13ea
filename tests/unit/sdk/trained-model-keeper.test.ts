import { expect, test } from 'vitest';
import { CorruptModelError, InvalidOptionError, ModelMismatchError } from '../../../src/errors.ts';
import { ModelStore } from '../../../src/storage/model-store.ts';
import { TrainedModelKeeper } from '../../../src/sdk/trained-model-keeper.ts';
import { openDatabase } from '../../support/history-stores.ts';

function keeperOf(models: ModelStore, standsInFor: string | null = '/models/a/') {
  const notices: string[] = [];
  return { notices, keeper: new TrainedModelKeeper({ models, standsInFor, onNotice: (text) => notices.push(text) }) };
}

const files = { manifest: { name: 'mine', list: [1, 2.5, null] }, tensors: Uint8Array.of(1, 2, 3) };
const model = { source: { files }, includesHistory: true, isTrainedHere: true };

test('keeps and reads a model, value and type', async () => {
  const { keeper } = keeperOf(new ModelStore(await openDatabase()));
  expect(await keeper.read()).toBeNull();
  await keeper.keep(model);
  expect(await keeper.read()).toStrictEqual(files);
  await keeper.delete();
  expect(await keeper.read()).toBeNull();
});

test('without a database nothing is kept, and nothing is wrong', async () => {
  const models = new ModelStore(null);
  const { keeper, notices } = keeperOf(models);
  await keeper.keep(model);
  expect(await keeper.read()).toBeNull();
  await keeper.delete();
  await models.deleteHistoryModels();
  expect(notices).toEqual([]);
});

test('a model made while the page came with another one is deleted', async () => {
  const models = new ModelStore(await openDatabase());
  await keeperOf(models).keeper.keep(model);
  const { keeper, notices } = keeperOf(models, '/models/b/');
  expect(await keeper.read()).toBeNull();
  expect(await models.get('trained')).toBeUndefined();
  expect(notices).toEqual([]);
});

test.each([
  ['a damaged model', new CorruptModelError('no'), true],
  ['a model of another catalogue', new ModelMismatchError('no'), true],
  ['what may pass', new InvalidOptionError('no'), false],
])('%s is told, and deleted where it can never be used', async (_what, reason, isDeleted) => {
  const models = new ModelStore(await openDatabase());
  const { keeper, notices } = keeperOf(models);
  await keeper.keep(model);
  await keeper.drop(reason);
  expect(notices).toEqual(['The model trained on this device is not used again. no']);
  expect((await models.get('trained')) === undefined).toBe(isDeleted);
});

test('what storage refuses is told, not thrown, and deletes nothing', async () => {
  const refusing = Object.assign(new ModelStore(null), {
    put: () => Promise.reject(new InvalidOptionError('no put')),
    get: () => Promise.reject(new InvalidOptionError('no get')),
    delete: () => Promise.reject(new InvalidOptionError('no delete')),
  });
  const { keeper, notices } = keeperOf(refusing);
  await keeper.keep(model);
  expect(await keeper.read()).toBeNull();
  await keeper.delete();
  expect(notices.map((notice) => notice.slice(-9))).toEqual(
    [' no put', 'no get', 'no delete'].map((end) => expect.stringContaining(end.trim())),
  );
});
