import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { describeMemoryPlan } from '../../../../bench/gpu/describe-memory-plan.ts';
import { planTraining, requireFit, type TrainingShape } from '../../../../src/backends/webgpu/training/memory-plan.ts';
import { GpuLimitError } from '../../../../src/errors.ts';

/** What WebGPU guarantees. */
const limits = {
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxComputeWorkgroupsPerDimension: 65_535,
};
const movielens20M: TrainingShape = {
  weights: 'uniform',
  factors: 64,
  userCount: 138_493,
  itemCount: 26_744,
  entryCount: 20_000_263,
};

function bytesOf(shape: TrainingShape, name: string): number {
  return planTraining(shape, { limits }).arrays.find((array) => array.name === name)?.byteLength ?? 0;
}

describe('MovieLens 20M at k = 64', () => {
  test('takes at most 256 MB within the limits that every GPU has', () => {
    const plan = planTraining(movielens20M, { limits, mostBytes: 256e6 });
    expect(plan.obstacles).toEqual([]);
    expect(plan.alternatives).toEqual([]);
    expect(plan.byteLength).toBeLessThanOrEqual(256e6);
    expect(plan.largestBindingByteLength).toBeLessThanOrEqual(2 ** 27);
    expect(plan.byteLength).toBe(plan.arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
    expect(() => requireFit(plan)).not.toThrow();
  });

  test('sizes are counts times bytes', () => {
    expect(bytesOf(movielens20M, 'user factors')).toBe(138_493 * 64 * 4);
    expect(bytesOf(movielens20M, 'item columns')).toBe(4 * 20_000_263);
    expect(bytesOf(movielens20M, 'user weights')).toBe(8);
    expect(bytesOf({ ...movielens20M, weights: 'pairs' }, 'user weights')).toBe(8 * 20_000_263);
    expect(bytesOf({ ...movielens20M, factors: 61 }, 'Gramians')).toBe(2 * 64 * 64 * 4);
    expect(planTraining(movielens20M, { limits }).readBackByteLength).toBe((138_493 + 26_744) * 64 * 4);
  });

  test('weights of their own are cut where one binding is too small', () => {
    const plan = planTraining({ ...movielens20M, weights: 'pairs' }, { limits });
    const weights = plan.arrays.find(({ name }) => name === 'user weights');
    expect(weights).toMatchObject({ partCount: 2, largestPartByteLength: 2 ** 27 });
    expect(plan.largestBindingByteLength).toBe(2 ** 27);
  });

  test('the table shows every array and the sum', () => {
    const lines = describeMemoryPlan(planTraining(movielens20M, { limits }));
    expect(lines.find((line) => line.includes('user columns'))).toMatch(/user columns +80\.0 MB/u);
    expect(lines.find((line) => line.trim().startsWith('all'))).toMatch(/largest binding 80\.0 MB/u);
  });
});

describe('refusals', () => {
  test('too many factor rows: the numbers, fewer factors', () => {
    const crowd = {
      weights: 'uniform' as const,
      factors: 128,
      userCount: 1_000_000,
      itemCount: 1000,
      entryCount: 5_000_000,
    };
    const plan = planTraining(crowd, { limits });
    expect(plan.obstacles).toEqual(['the user factors take 512000000 bytes, and 2 bindings hold 268435456']);
    // 2 × 2²⁷ bytes ÷ 10⁶ rows ÷ 4 bytes = 67.1
    expect(plan.alternatives[0]).toBe('64 factors');
    expect(() => requireFit(plan)).toThrow(GpuLimitError);
    expect(() => requireFit(plan)).toThrow(/5000000 interactions .* 512000000 bytes.*would fit: 64 factors/u);
  });

  test('more than a budget: as many interactions as it holds', () => {
    const mostBytes = 100e6;
    const plan = planTraining(movielens20M, { limits, mostBytes });
    expect(plan.obstacles).toEqual([`all buffers take ${plan.byteLength} bytes of 100000000`]);
    const entryCount = Number(/newest (\d+) interactions/u.exec(plan.alternatives.join())?.[1]);
    const fits = (count: number): boolean =>
      planTraining({ ...movielens20M, entryCount: count }, { limits, mostBytes }).obstacles.length === 0;
    expect(fits(entryCount)).toBe(true);
    expect(fits(entryCount + 1)).toBe(false);
    expect(describeMemoryPlan(plan).filter((line) => line.startsWith('  would fit')).length).toBe(1);
  });

  test('exact solves need a batch of systems more, and a software adapter fewer partial Gramians', () => {
    const names = ({ arrays }: ReturnType<typeof planTraining>): string[] => arrays.map(({ name }) => name);
    const plain = planTraining(movielens20M, { limits });
    const exact = planTraining({ ...movielens20M, isExact: true }, { limits });
    expect(names(plain)).not.toContain('normal equations');
    expect(exact.arrays.find(({ name }) => name === 'normal equations')!.byteLength).toBe(2 ** 25);
    expect(planTraining(movielens20M, { limits, isSoftware: true }).byteLength).toBeLessThan(plain.byteLength);
  });

  test('where nothing fits it says no more than that', () => {
    const plan = planTraining(movielens20M, { limits, mostBytes: 1000 });
    expect(plan.alternatives).toEqual([]);
    expect(() => requireFit(plan)).toThrow(/does not fit this GPU.*1000\. The cpu back end/u);
  });

  test('a binding that no Gramian fits', () => {
    const tiny = { ...limits, maxStorageBufferBindingSize: 2 ** 14 };
    const shape = { weights: 'uniform' as const, factors: 128, userCount: 4, itemCount: 4, entryCount: 8 };
    expect(planTraining(shape, { limits: tiny }).obstacles).toEqual([
      'a Gramian takes 65536 bytes, and a binding holds 16384',
    ]);
  });
});

test('what is said to fit does, whatever the shape', () => {
  const shapes = fc.record({
    weights: fc.constantFrom('uniform' as const, 'pairs' as const),
    isExact: fc.boolean(),
    factors: fc.integer({ min: 1, max: 256 }),
    userCount: fc.integer({ min: 0, max: 5_000_000 }),
    itemCount: fc.integer({ min: 0, max: 5_000_000 }),
    entryCount: fc.integer({ min: 0, max: 100_000_000 }),
  });
  fc.assert(
    fc.property(shapes, fc.integer({ min: 1e6, max: 2e9 }), (shape, mostBytes) => {
      const bounds = { limits, mostBytes };
      const plan = planTraining(shape, bounds);
      expect(plan.largestBindingByteLength).toBeLessThanOrEqual(2 ** 27);
      if (plan.obstacles.length === 0) expect(plan.byteLength).toBeLessThanOrEqual(mostBytes);
      const factors = Number(/(?:^|,)(\d+) factors(?:,|$)/u.exec(plan.alternatives.join())?.[1] ?? Number.NaN);
      if (factors) expect(planTraining({ ...shape, factors }, bounds).obstacles).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('an empty problem has a plan', () => {
  const plan = planTraining({ weights: 'uniform', factors: 1, userCount: 0, itemCount: 0, entryCount: 0 }, { limits });
  expect(plan.obstacles).toEqual([]);
  // Two Gramians, the parts of one, eigenvectors, of 4 × 4 numbers each; eigenvalues; two pairs of weights.
  expect(plan.byteLength).toBe(4 * 64 + 32 + 2 * 8);
});
