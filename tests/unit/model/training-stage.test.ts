import { expect, test } from 'vitest';
import type { Backend } from '../../../src/backends/backend.ts';
import { fakeGpu } from '../../support/fake-gpu.ts';
import { filmWorld, trainerOf } from '../../support/film-world.ts';

test('the run on a back end is disposed of, whether it is aborted, left, moved or finished', async () => {
  let openRuns = 0;
  const watched = (backend: Backend): Backend => ({
    ...backend,
    openTraining: async (problem, solve) => {
      const run = await backend.openTraining(problem, solve);
      openRuns++;
      return Object.assign(run, { dispose: () => void openRuns-- });
    },
  });
  const trainer = () => trainerOf(filmWorld(), { factors: 4, epochs: 4 });

  const abort = new AbortController();
  const epochs = trainer().run({ backend: watched(fakeGpu()), signal: abort.signal });
  await epochs.next();
  expect(openRuns).toBe(1);
  abort.abort(new Error('enough'));
  await expect(epochs.next()).rejects.toThrow('enough');
  expect(openRuns).toBe(0);

  for await (const { epoch } of trainer().run({ backend: watched(fakeGpu()) })) if (epoch === 2) break;
  expect(openRuns).toBe(0);

  const openAt: number[] = [];
  const run = { backend: watched(fakeGpu({ loseAt: 3 })), fallback: watched(fakeGpu()) };
  for await (const report of trainer().run(run)) openAt[report.epoch - 1] = openRuns;
  expect(openAt).toEqual([1, 1, 1, 1]);
  expect(openRuns).toBe(0);
});
