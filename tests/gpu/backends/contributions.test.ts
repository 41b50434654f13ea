import { expect, test } from 'vitest';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { createWebGpuBackend } from '../../../src/backends/webgpu/webgpu-backend.ts';
import { contributionsSuite } from '../../support/suites/contributions-suite.ts';
import { requestGpu } from '../../support/gpu.ts';
import { problemOf, randomMatrix, tableOf } from '../../support/synthetic.ts';

// A solve in float32, of a condition of about ten.
contributionsSuite('webgpu', async () => createWebGpuBackend({ exact: createCpuBackend(), gpu: await requestGpu() }), {
  cases: [[9, 9, 4]],
  scoreTolerance: 2e-4,
});

test('what explains in double precision is opened at the first question, once, and again where it failed', async () => {
  const cpu = createCpuBackend();
  let opened = 0;
  let disposed = 0;
  const exact = {
    openExplainer: async (side: Parameters<typeof cpu.openExplainer>[0]) => {
      opened++;
      if (opened === 1) throw new Error('no memory today');
      const held = await cpu.openExplainer(side);
      return {
        contributions: (...question: Parameters<typeof held.contributions>) => held.contributions(...question),
        dispose: () => void disposed++,
      };
    },
  };
  const backend = await createWebGpuBackend({ exact, gpu: await requestGpu() });
  const problem = problemOf(randomMatrix({ rowCount: 1, columnCount: 30, seed: 1 }), { factors: 3 });
  const table = await backend.openItemTable(tableOf(problem));
  expect(opened).toBe(0);
  const ask = (): Promise<Float64Array> => table.contributions(problem.users, Uint32Array.of(4));
  await expect(ask()).rejects.toThrow('no memory today');
  const terms = await ask();
  expect(await ask()).toEqual(terms);
  expect(opened).toBe(2);
  table.dispose();
  await expect.poll(() => disposed).toBe(1);
  backend.dispose();
});
