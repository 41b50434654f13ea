import { expect, test } from 'vitest';
import { describeTimesToLoss, epochsToLoss, lossCurve, timesToLoss, type Trainer } from '../../../bench/objective.ts';
import { lossAt } from '../../../bench/referee.ts';
import { presenceSettings, problemOf } from '../../../bench/problem.ts';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { CsrMatrix } from '../../../src/data/csr-matrix.ts';

const matrix = CsrMatrix.fromTriplets({
  rowCount: 4,
  columnCount: 3,
  rows: Uint32Array.of(0, 0, 1, 2, 3, 3),
  columns: Uint32Array.of(0, 1, 2, 1, 0, 2),
  values: new Float32Array(6).fill(1),
});
const problem = problemOf(matrix, { factors: 2, settings: presenceSettings });

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

test("the referee's loss is a run's own, for both kinds of model", async () => {
  for (const settings of [presenceSettings, { ...presenceSettings, unobservedWeight: 0, exponent: 0 }]) {
    const posed = problemOf(matrix, { factors: 2, settings });
    const run = await createCpuBackend().openTraining(posed, { solver: 'cholesky', cgSteps: 0 });
    await run.solve('users');
    // Double precision on both sides; the order of the sums is not the same.
    expect(lossAt(posed, await run.factors())).toBeCloseTo(await run.loss(), 6);
  }
});

test('the referee by hand: one user, one item, one entry', () => {
  const side = { rowCount: 1, columnCount: 1, rowOffsets: Uint32Array.of(0, 1), columns: Uint32Array.of(0) };
  const [a, b] = [Float32Array.of(3), Float32Array.of(5)];
  const users = { ...side, a, b, regularization: Float32Array.of(0.5) };
  const items = { ...side, a, b, regularization: Float32Array.of(0.25) };
  const [userFactors, itemFactors] = [Float32Array.of(1, 2), Float32Array.of(3, -1)];
  const posed = { factors: 2, unobservedWeight: 2, users, items, constantLoss: 7, userFactors, itemFactors };
  // x·y = 1, |x|² = 5, |y|² = 10: 2 · 1 + 3 · 1 − 2 · 5 · 1 + 7 + 0.5 · 5 + 0.25 · 10
  expect(lossAt(posed, posed)).toBe(7);
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
