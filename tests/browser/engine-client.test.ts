import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import {
  InvalidOptionError,
  StorageError,
  WorkerLostError,
  type EpochReport,
  type ModelFiles,
} from '../../src/index.ts';
import { EngineClient } from '../../src/worker/engine-client.ts';
import { manyEpochs, trainedModel, twoTastes, World } from './small-world.ts';

let model: ModelFiles;
let world: World;

beforeAll(async () => {
  model = await trainedModel();
});

beforeEach(() => {
  world = new World();
});

afterEach(() => {
  vi.restoreAllMocks();
  world.end();
});

const taste = [0, 2, 4].map((item) => ({ type: 'like' as const, itemId: `item-${item}` }));

test('a worker that is killed during a question: the question is asked again and answered', async () => {
  const recommender = await world.open({ model });
  await recommender.history.add(taste);
  const expected = await recommender.recommend();
  const pending = Promise.all([recommender.recommend(), recommender.similarItems('item-1'), recommender.foldIn()]);
  world.workers.at(-1)!.terminate();
  const [again] = await pending;
  expect(again.items).toEqual(expected.items);
  expect(world.workers).toHaveLength(2);
  expect(world.notices[0]).toMatch(/worker died.*started again/);
});

test('a worker that is killed between questions is replaced unnoticed by the caller', async () => {
  const recommender = await world.open({ model });
  const expected = await recommender.recommend();
  world.workers.at(-1)!.terminate();
  const again = await recommender.recommend();
  expect(again.items).toEqual(expected.items);
});

test('a worker that is killed twice during one question: WorkerLostError, and the next question is answered', async () => {
  const recommender = await world.open({ model });
  world.onWorker = (worker) => {
    let answers = 0;
    // The first two say that it started; then it gets the model and the question.
    worker.addEventListener('message', () => {
      answers += 1;
      if (answers === 2) worker.terminate();
    });
  };
  const pending = recommender.recommend();
  world.workers.at(-1)!.terminate();
  await expect(pending).rejects.toThrow(WorkerLostError);
  await expect(pending).rejects.toMatchObject({ code: 'WORKER_LOST' });
  expect(world.workers).toHaveLength(2);
  world.onWorker = () => {};
  expect((await recommender.recommend()).items).toHaveLength(10);
});

test('an uncaught error in the worker counts as its death', async () => {
  const recommender = await world.open({ model });
  const pending = recommender.recommend();
  world.workers.at(-1)!.dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));
  expect((await pending).items).toHaveLength(10);
  expect(world.notices).toEqual([expect.stringContaining('out of memory')]);
});

test('a worker script that cannot be loaded is an error, not a wait', async () => {
  const client = new EngineClient({
    settings: { backend: 'cpu', verdicts: [] },
    createWorker: () => new Worker('/no/such/worker.js', { type: 'module' }),
  });
  await expect(client.ask((remote) => remote.diagnostics())).rejects.toThrow(WorkerLostError);
  client.dispose();
});

test('a worker that never starts is an error after the time limit, and the next question starts another', async () => {
  const workers = [new Worker(URL.createObjectURL(new Blob(['for (;;);'])))];
  const client = new EngineClient({
    settings: { backend: 'cpu', verdicts: [] },
    startTimeoutMs: 50,
    createWorker: () => workers.shift() ?? new Worker(URL.createObjectURL(new Blob(['for (;;);']))),
  });
  await expect(client.ask((remote) => remote.diagnostics())).rejects.toThrow(/did not start within 0.05 s/);
  client.dispose();
});

test('a worker that is killed during a fit: WorkerLostError, and the model from before answers', async () => {
  const recommender = await world.open({ model });
  await recommender.history.add(taste);
  const expected = await recommender.recommend();
  const { interactions, options } = manyEpochs();
  const reports: EpochReport[] = [];
  const run = (async () => {
    for await (const report of recommender.fit(interactions, options)) {
      reports.push(report);
      if (report.epoch === 2) world.workers.at(-1)!.terminate();
    }
  })();
  await expect(run).rejects.toThrow(WorkerLostError);
  expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2]);
  expect((await recommender.recommend()).items).toEqual(expected.items);
  expect(recommender.usesTrainedModel).toBe(false);
  expect((await recommender.diagnostics()).model).toMatchObject({ name: 'two tastes' });
  // And training is possible again.
  for await (const _ of recommender.fit(twoTastes(), { factors: 4, epochs: 1, name: 'second' }));
  expect((await recommender.diagnostics()).model).toMatchObject({ name: 'second' });
});

test('abort in the middle of a fit: rejects with the reason, the last finished epoch answers and is kept', async () => {
  const recommender = await world.open({ model });
  await recommender.history.add(taste);
  const { interactions, options } = manyEpochs();
  const abort = new AbortController();
  const reason = new Error('enough');
  let epochs = 0;
  const run = (async () => {
    for await (const { epoch } of recommender.fit(interactions, { ...options, signal: abort.signal })) {
      epochs = epoch;
      // In the middle of the next epoch, not between two.
      if (epoch === 2) setTimeout(() => abort.abort(reason));
    }
  })();
  await expect(run).rejects.toBe(reason);
  expect((await recommender.diagnostics()).model).toMatchObject({ itemCount: 300, epochs, includesHistory: true });
  expect((await recommender.recommend()).items).toHaveLength(10);
  expect(recommender.usesTrainedModel).toBe(true);
  const later = await world.open({ model });
  expect((await later.diagnostics()).model).toMatchObject({ itemCount: 300, epochs });
});

test('abort before the first epoch leaves the model from before', async () => {
  const recommender = await world.open({ model });
  const { interactions, options } = manyEpochs();
  const aborted = recommender.fit(interactions, { ...options, signal: AbortSignal.abort(new Error('never mind')) });
  await expect(aborted.next()).rejects.toThrow('never mind');
  const abort = new AbortController();
  const first = recommender.fit(interactions, { ...options, signal: abort.signal }).next();
  abort.abort();
  await expect(first).rejects.toMatchObject({ name: 'AbortError' });
  expect((await recommender.diagnostics()).model).toMatchObject({ name: 'two tastes' });
});

test('an abort between two epochs ends the fit even when nobody asks for the next one', async () => {
  const recommender = await world.open({ model });
  const { interactions, options } = manyEpochs();
  const abort = new AbortController();
  const run = recommender.fit(interactions, { ...options, signal: abort.signal });
  await run.next();
  await expect(recommender.load(model)).rejects.toThrow(InvalidOptionError);
  await expect(recommender.fit(interactions, options).next()).rejects.toThrow(/under way already/);
  abort.abort();
  await vi.waitFor(async () => expect(await recommender.load(model)).toMatchObject({ name: 'two tastes' }));
  await expect(run.next()).rejects.toMatchObject({ name: 'AbortError' });
});

test('leaving the loop ends the fit; its model answers', async () => {
  const recommender = await world.open({ model });
  const { interactions, options } = manyEpochs();
  for await (const { epoch } of recommender.fit(interactions, options)) if (epoch === 2) break;
  expect((await recommender.diagnostics()).model).toMatchObject({ itemCount: 300, epochs: 2 });
});

test('questions are answered while a fit is under way, by the model of its last epoch', async () => {
  const recommender = await world.open({ model });
  const { interactions, options } = manyEpochs();
  for await (const { epoch } of recommender.fit(interactions, options)) {
    expect((await recommender.diagnostics()).model).toMatchObject({ itemCount: 300, epochs: epoch });
    expect((await recommender.recommend({ count: 3 })).items).toHaveLength(3);
    if (epoch === 3) break;
  }
});

test('forgetAll during a fit that uses the history ends it and drops its model', async () => {
  const recommender = await world.open({ model });
  await recommender.history.add(taste);
  const { interactions, options } = manyEpochs();
  const run = (async () => {
    for await (const { epoch } of recommender.fit(interactions, options)) {
      if (epoch === 2) await recommender.history.forgetAll();
    }
  })();
  await expect(run).rejects.toMatchObject({ name: 'AbortError', message: expect.stringContaining('forgotten') });
  expect((await recommender.diagnostics()).model).toMatchObject({ name: 'two tastes' });
  expect((await recommender.recommend()).items[0]!.source).toBe('popular');
  expect((await world.open({ model })).usesTrainedModel).toBe(false);
});

test('a fit waits while the page is hidden, says so, and goes on; not with pauseWhenHidden: false', async () => {
  const recommender = await world.open({ model });
  const { interactions, options } = manyEpochs();
  const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  const pauses: boolean[] = [];
  const run = recommender.fit(interactions, { ...options, onPause: (isPaused) => pauses.push(isPaused) });
  let isReported = false;
  const first = run.next().then((report) => {
    isReported = true;
    return report;
  });
  await vi.waitFor(() => expect(pauses).toEqual([true]));
  await recommender.recommend(); // one round trip to the worker, in which an epoch could have come
  expect(isReported).toBe(false);
  visibility.mockReturnValue('visible');
  document.dispatchEvent(new Event('visibilitychange'));
  expect((await first).value).toMatchObject({ epoch: 1 });
  expect(pauses).toEqual([true, false]);
  await run.return!();

  visibility.mockReturnValue('hidden');
  const unpaused = recommender.fit(interactions, { ...options, pauseWhenHidden: false });
  expect((await unpaused.next()).value).toMatchObject({ epoch: 1 });
  await unpaused.return!();
});

test('an abort while the fit is paused ends it at once', async () => {
  const recommender = await world.open({ model });
  const { interactions, options } = manyEpochs();
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  const abort = new AbortController();
  const paused = new Promise<void>((resolve) => {
    const run = recommender.fit(interactions, { ...options, signal: abort.signal, onPause: () => resolve() });
    run.next().catch(() => undefined);
  });
  await paused;
  abort.abort();
  await vi.waitFor(async () => expect(await recommender.load(model)).toMatchObject({ name: 'two tastes' }));
});

test('wrong fit options and wrong data reject with their class, and the next fit is possible', async () => {
  const recommender = await world.open({ model });
  await expect(recommender.fit(twoTastes(), { factors: 0 }).next()).rejects.toThrow(InvalidOptionError);
  const empty = { ...twoTastes(), users: new Uint32Array(0), items: new Uint32Array(0), values: new Float32Array(0) };
  await expect(recommender.fit(empty).next()).rejects.toMatchObject({ code: 'INVALID_DATA' });
  const { interactions, options } = manyEpochs();
  expect((await recommender.fit(interactions, options).next()).value).toMatchObject({ epoch: 1 });
});

test('a caller’s arrays stay theirs', async () => {
  const recommender = await world.open({ model });
  const interactions = twoTastes();
  for await (const _ of recommender.fit(interactions, { factors: 4, epochs: 1 }));
  expect(interactions.users.length).toBeGreaterThan(0);
  expect(model.tensors.byteLength).toBeGreaterThan(0);
});

test('a trained model that cannot be kept is told, and answers all the same', async () => {
  const recommender = await world.open({ model });
  await recommender.history.add(taste);
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
  });
  for await (const _ of recommender.fit(twoTastes(), { factors: 4, epochs: 1 }));
  expect(world.notices).toEqual([expect.stringMatching(/not kept for the next visit.*QuotaExceededError/)]);
  expect(recommender.usesTrainedModel).toBe(true);
  await expect(recommender.history.add(taste)).rejects.toThrow(StorageError);
});
