import threads from 'node:worker_threads';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { AlsProblem, SolverName } from '../../../../src/backends/backend.ts';
import { createCpuBackend } from '../../../../src/backends/cpu/cpu-backend.ts';
import { DisposedError } from '../../../../src/errors.ts';
import { problemOf, randomMatrix } from '../../../support/synthetic.ts';

const problem = problemOf(randomMatrix({ rowCount: 150, columnCount: 210, seed: 31, density: 0.1 }), { factors: 12 });
const builtin = process.getBuiltinModule('node:worker_threads');

/** Workers are counted, and can be killed. */
function watchWorkers(change: (worker: threads.Worker) => void = () => {}): threads.Worker[] {
  const workers: threads.Worker[] = [];
  class Watched extends threads.Worker {
    constructor(...args: ConstructorParameters<typeof threads.Worker>) {
      super(...args);
      workers.push(this);
      change(this);
    }
  }
  vi.spyOn(builtin, 'Worker', 'get').mockReturnValue(Watched);
  return workers;
}

/** Three epochs; `between` is called before each. */
async function train(
  options: { threads: number; solver?: SolverName; workPerThread?: number; problem?: AlsProblem },
  between: (epoch: number) => void = () => {},
) {
  const { solver = 'auto', threads: count, workPerThread = 0 } = options;
  const backend = createCpuBackend({ threads: count, workPerThread });
  const run = await backend.openTraining(options.problem ?? problem, { solver, cgSteps: 3 });
  const losses = [await run.loss()];
  for (let epoch = 0; epoch < 3; epoch++) {
    between(epoch);
    await run.solve('users');
    losses.push(await run.loss());
    await run.solve('items');
    losses.push(await run.loss());
  }
  const factors = await run.factors();
  run.dispose();
  return { ...factors, losses };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('threads', () => {
  test.each(['auto', 'ew-pcg', 'cg', 'cholesky'] as const)(
    'any number of them gives the same bits: %s',
    async (solver) => {
      const one = await train({ threads: 1, solver });
      for (const count of [2, 3, 4, 12]) expect(await train({ threads: count, solver })).toEqual(one);
    },
  );

  test('more of them than rows, and rows without entries', async () => {
    const tiny = problemOf(randomMatrix({ rowCount: 3, columnCount: 5, seed: 2, density: 0.4 }), { factors: 2 });
    const one = await train({ threads: 1, problem: tiny });
    expect(await train({ threads: 4, problem: tiny })).toEqual(one);
  });

  test('one to three more are started, and only where the work is worth it', async () => {
    const workers = watchWorkers();
    await train({ threads: 4 });
    expect(workers.length).toBe(3);
    await train({ threads: 1 });
    // About 7 million operations an epoch: not enough for two, at the default.
    await train({ threads: 4, workPerThread: 3e7 });
    expect(workers.length).toBe(3);
  });

  test('a worker that dies between or within jobs: the same bits, with those that are left', async () => {
    const wanted = await train({ threads: 1 });
    for (const when of ['before the first job', 'between epochs', 'within an epoch']) {
      const workers = watchWorkers();
      const found = await train({ threads: 3 }, (epoch) => {
        const isNow = epoch === (when === 'before the first job' ? 0 : 1);
        if (!isNow) return;
        const kill = () => void workers.at(-1)!.terminate();
        if (when === 'within an epoch') setImmediate(kill);
        else kill();
      });
      expect(found, when).toEqual(wanted);
      vi.restoreAllMocks();
    }
  });

  test('workers that cannot start: the same bits, on this thread', async () => {
    const wanted = await train({ threads: 1 });
    watchWorkers((worker) => void worker.terminate());
    expect(await train({ threads: 4 })).toEqual(wanted);
  });

  test('disposing ends the workers, and the call under way rejects', async () => {
    const workers = watchWorkers();
    const run = await createCpuBackend({ threads: 2, workPerThread: 0 }).openTraining(problem, {
      solver: 'auto',
      cgSteps: 3,
    });
    await run.solve('users');
    const ended = new Promise((resolve) => workers[0]!.once('exit', resolve));
    const solving = run.solve('items');
    run.dispose();
    await expect(solving).rejects.toThrow(DisposedError);
    await ended;
    await expect(run.loss()).rejects.toThrow(DisposedError);
  });
});

describe('where WebAssembly cannot run', () => {
  test('TypeScript computes, alone, and says why; the next back end tries again', async () => {
    vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new Error('blocked by a policy'));
    vi.resetModules();
    const { createCpuBackend: create } = await import('../../../../src/backends/cpu/cpu-backend.ts');
    const workers = watchWorkers();
    const blocked = create({ threads: 4, workPerThread: 0 });
    expect(blocked.info.adapter).toBe(null);
    const run = await blocked.openTraining(problem, { solver: 'auto', cgSteps: 3 });
    expect(blocked.info.adapter).toBe('JavaScript (WebAssembly does not run here: blocked by a policy)');
    for (const side of ['users', 'items', 'users', 'items', 'users', 'items'] as const) await run.solve(side);
    expect(workers.length).toBe(0);
    const wanted = (await train({ threads: 1 })).losses.at(-1)!;
    // Six half-epochs in single precision against double.
    expect(Math.abs((await run.loss()) / wanted - 1)).toBeLessThan(1e-5);

    vi.mocked(WebAssembly.compile).mockRestore();
    const later = create();
    await later.openTraining(problem, { solver: 'auto', cgSteps: 3 });
    expect(later.info.adapter).toBe('WebAssembly SIMD');
  });
});
