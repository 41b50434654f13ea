import { afterEach, expect, test, vi } from 'vitest';
import { createCpuBackend } from '../../src/backends/cpu/cpu-backend.ts';
import { problemOf, randomMatrix } from '../support/synthetic.ts';

const problem = problemOf(randomMatrix({ rowCount: 150, columnCount: 210, seed: 31, density: 0.1 }), { factors: 12 });

/** Workers are kept, so that they can be ended as a browser ends them: without a word. */
function watchWorkers(): Worker[] {
  const workers: Worker[] = [];
  const Original = Worker;
  class Watched extends Original {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      workers.push(this);
    }
  }
  vi.stubGlobal('Worker', Watched);
  return workers;
}

/** Three epochs; `between` is called before each half. */
async function train(threads?: number, between: (half: number) => void = () => {}) {
  const run = await createCpuBackend({ ...(threads && { threads }), workPerThread: 0 }).openTraining(problem, {
    solver: 'auto',
    cgSteps: 3,
  });
  for (let half = 0; half < 6; half++) {
    between(half);
    await run.solve(half % 2 === 0 ? 'users' : 'items');
  }
  const result = { ...(await run.factors()), loss: await run.loss() };
  run.dispose();
  return result;
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('WebAssembly runs here; web workers give the same bits as one thread', async () => {
  const backend = createCpuBackend();
  const run = await backend.openTraining(problem, { solver: 'auto', cgSteps: 3 });
  expect(backend.info.adapter).toBe('WebAssembly SIMD');
  run.dispose();
  const workers = watchWorkers();
  const one = await train(1);
  expect(workers.length).toBe(0);
  expect(await train(3)).toEqual(one);
  expect(workers.length).toBe(2);
});

test.each([1, 3])(
  'a web worker that dies before half-epoch %i, of which only its lock tells: the same bits',
  async (when) => {
    const one = await train(1);
    const workers = watchWorkers();
    const found = await train(3, (half) => {
      if (half === when) workers[1]!.terminate();
    });
    expect(found).toEqual(one);
  },
);

test('a web worker that cannot be loaded: the same bits', async () => {
  const one = await train(1);
  const workers = watchWorkers();
  const found = await train(3, (half) => {
    if (half === 0) workers[1]!.dispatchEvent(new Event('error', { cancelable: true }));
  });
  expect(found).toEqual(one);
});

test('a web worker that dies before it holds its lock, of which only time tells: the same bits', async () => {
  const one = await train(1);
  const workers = watchWorkers();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const state = { isOver: false };
  const training = train(3, (half) => {
    if (half === 0) workers[1]!.terminate();
  }).finally(() => (state.isOver = true));
  while (!state.isOver) await vi.advanceTimersByTimeAsync(1000);
  expect(await training).toEqual(one);
});

test('no threads where nothing would tell of their death: a page on plain http', async () => {
  const workers = watchWorkers();
  const { locks } = navigator;
  vi.stubGlobal('navigator', { hardwareConcurrency: 4 });
  await train();
  expect(workers.length).toBe(0);
  vi.stubGlobal('navigator', { hardwareConcurrency: 4, locks });
  await train();
  expect(workers.length).toBe(3);
});
