import { expect, test } from 'vitest';
import {
  describeTimesToLoss,
  epochsToLoss,
  lossAt,
  lossCurve,
  timesToLoss,
  type Trainer,
} from '../../bench/objective.ts';
import { presenceSettings, problemOf } from '../../bench/problem.ts';
import { createCpuBackend } from '../../src/engine/cpu/cpu-backend.ts';
import { CsrMatrix } from '../../src/interactions/csr-matrix.ts';

const matrix = CsrMatrix.fromTriplets({
  rowCount: 4,
  columnCount: 3,
  rows: Uint32Array.of(0, 0, 1, 2, 3, 3),
  columns: Uint32Array.of(0, 1, 2, 1, 0, 2),
  values: new Float32Array(6).fill(1),
});
const problem = problemOf(matrix, { rank: 2, settings: presenceSettings });

function trainer(solver: 'cg' | 'cholesky', cgSteps: number): Trainer {
  return { name: `${solver} ${cgSteps}`, backend: createCpuBackend(), options: { solver, cgSteps } };
}

test.each([
  ['at the start', [10, 5], 10, 0],
  ['at the end of an epoch', [10, 6, 4], 6, 1],
  ['between two', [10, 6, 4], 5, 1.5],
  ['the first time, where a loss rises again', [10, 6, 8, 4], 7, 0.75],
  ['never', [10, 6, 4], 3.9, null],
])('epochs until the loss is reached: %s', (_, losses, target, expected) => {
  expect(epochsToLoss(losses, target)).toBe(expected);
});

test('the straight line between epochs is never ahead of a loss that falls less and less', () => {
  const loss = (epoch: number): number => 3 + 7 * 0.5 ** epoch;
  const losses = [0, 1, 2, 3, 4].map(loss);
  for (const epoch of [0.3, 1.5, 2.9]) expect(epochsToLoss(losses, loss(epoch))!).toBeGreaterThanOrEqual(epoch);
});

test("the referee's loss is the run's own", async () => {
  const run = await createCpuBackend().openTraining(problem, { solver: 'cholesky', cgSteps: 0 });
  await run.solve('users');
  expect(await lossAt(problem, await run.factors())).toBe(await run.loss());
});

test('a yardstick reaches its own objective in its own epochs; a solver that does nothing never does', async () => {
  const yardstick = trainer('cg', 1);
  const losses = await lossCurve(problem, yardstick, (soFar) => soFar.length > 5);
  const target = losses.at(-1)!;
  const { trainers: results } = await timesToLoss(problem, [yardstick, trainer('cg', 0)], { target, rounds: 2 });
  expect(results.map(({ epochs }) => epochs)).toEqual([5, null]);
  expect(results.map(({ measurement }) => measurement.times.length)).toEqual([2, 0]);
  const lines = describeTimesToLoss(results);
  expect(lines[0]).toContain('cg 1: 5.0 epochs');
  expect(lines[1]).toContain('cg 0: not reached in 40 epochs');
});
