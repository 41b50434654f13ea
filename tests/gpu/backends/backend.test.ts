import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { type Backend, type SolverName, solverNames } from '../../../src/backends/backend.ts';
import { createWebGpuBackend } from '../../../src/backends/webgpu/webgpu-backend.ts';
import { scoresOfAll } from '../../reference/ranking.ts';
import { backendSuite } from '../../support/suites/backend-suite.ts';
import { scoringSuite } from '../../support/suites/scoring-suite.ts';
import { requestGpu } from '../../support/gpu.ts';
import { problemOf, randomMatrix, settingsOf, tableOf } from '../../support/synthetic.ts';

const open = async (): Promise<Backend> => createWebGpuBackend({ exact: createCpuBackend(), gpu: await requestGpu() });

// Sums in float32: a solve at these sizes takes some hundred roundings of 6e-8, times a condition number of about 10.
backendSuite('webgpu', open, { tolerance: 2e-4, lossTolerance: 1e-4, ranks: [1, 3, 8, 33] });
scoringSuite('webgpu', open, { tolerance: 2e-4 });

/** Four epochs on one back end, then the first ten items for every user folded in. */
async function trainAndServe(backend: Backend, solver: SolverName) {
  const problem = problemOf(randomMatrix({ rowCount: 40, columnCount: 90, seed: 42, density: 0.15 }), {
    factors: 4,
    settings: settingsOf({ unobservedWeight: 0.3, regularization: 0.01 }),
  });
  const run = await backend.openTraining(problem, { solver, cgSteps: 3 });
  for (let epoch = 0; epoch < 4; epoch++) {
    await run.solve('users');
    await run.solve('items');
  }
  const loss = await run.loss();
  const { userFactors, itemFactors } = await run.factors();
  run.dispose();
  const table = await backend.openItemTable({ ...tableOf(problem), itemFactors });
  const { topK } = await table.foldInTopK(problem.users, { k: 10 });
  table.dispose();
  return { loss, rows: [...topK.rows], scores: scoresOfAll(userFactors, itemFactors, problem.factors) };
}

describe('the same top ten and the same scores as the CPU after four epochs', () => {
  let gpu: Backend;
  beforeAll(async () => {
    gpu = await open();
  });
  afterAll(() => gpu.dispose());

  test.each(solverNames)('%s', async (solver) => {
    const onGpu = await trainAndServe(gpu, solver);
    const onCpu = await trainAndServe(createCpuBackend(), solver);
    expect(onGpu.rows).toEqual(onCpu.rows);
    expect(Math.abs(onGpu.loss - onCpu.loss)).toBeLessThan(1e-4 * onCpu.loss);
    // Float32 roundings grow from epoch to epoch through the systems' condition numbers: 1e-3 of scores about 1.
    const worst = Math.max(...onGpu.scores.map((score, place) => Math.abs(score - onCpu.scores[place]!)));
    expect(worst).toBeLessThan(1e-3);
  });
});
