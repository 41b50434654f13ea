import { expect, test } from 'vitest';
import { PlainAls } from '../../../bench/peers/plain/plain-als.ts';
import { presenceSettings, problemOf } from '../../../bench/problem.ts';
import { powerLawMatrix } from '../../../bench/scale/power-law-interactions.ts';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { CsrMatrix } from '../../../src/data/csr-matrix.ts';

test.each([
  [8, 1],
  [12, 0],
])('k = %d, α₀ = %d: the yardstick does what the CPU back end does', async (rank, alpha0) => {
  const shape = { userCount: 37, itemCount: 41, interactionCount: 300, degrees: [2, 30], seed: 3 } as const;
  const problem = problemOf(powerLawMatrix(shape), {
    factors: rank,
    settings: { ...presenceSettings, unobservedWeight: alpha0 },
  });
  const ours = await createCpuBackend().openTraining(problem, { solver: 'cg', cgSteps: 3 });
  const plain = new PlainAls(problem, 3);
  for (const run of [ours, plain]) {
    await run.solve('users');
    await run.solve('items');
  }
  const expected = await ours.factors();
  const got = await plain.factors();
  for (const side of ['userFactors', 'itemFactors'] as const) {
    expect(got[side].length).toBe(expected[side].length);
    // float32 products on one side, double ones on the other.
    for (const [place, value] of expected[side].entries()) expect(got[side][place]).toBeCloseTo(value, 4);
  }
  expect(await plain.loss()).toBeCloseTo(await ours.loss(), 3);
});

test('a row without entries becomes zero; the start is not touched', async () => {
  const matrix = new CsrMatrix(2, 1, Uint32Array.of(0, 1, 1), Uint32Array.of(0), Float32Array.of(1));
  const problem = problemOf(matrix, { factors: 4, settings: presenceSettings });
  const start = problem.userFactors.slice();
  const plain = new PlainAls(problem, 3);
  await plain.solve('users');
  expect([...(await plain.factors()).userFactors.subarray(4)]).toEqual([0, 0, 0, 0]);
  expect(problem.userFactors).toEqual(start);
});

test('a rank that its loops cannot take is refused', () => {
  const matrix = new CsrMatrix(1, 1, Uint32Array.of(0, 1), Uint32Array.of(0), Float32Array.of(1));
  expect(() => new PlainAls(problemOf(matrix, { factors: 6, settings: presenceSettings }), 3)).toThrow(RangeError);
});
