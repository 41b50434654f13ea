import { describe, expect, test } from 'vitest';
import { sumByLabel } from '../../../bench/gpu/dispatch-trace.ts';
import { describeStages } from '../../../bench/gpu/stage-report.ts';
import { stageOf, type WorkShape } from '../../../bench/gpu/work.ts';

const shape: WorkShape = {
  factors: 4,
  entryBytes: 12,
  rowCount: 10,
  columnCount: 20,
  entryCount: 100,
  solver: 'cg',
  steps: 3,
  queryCount: 2,
};

describe('times', () => {
  test('add up by label, in the order of the first dispatch', () => {
    const times = sumByLabel(['b', 'a', 'b'], BigUint64Array.of(0n, 1_000_000n, 5n, 500_005n, 10n, 2_000_010n));
    expect(times).toEqual([
      { label: 'b', dispatchCount: 2, elapsedMs: 3 },
      { label: 'a', dispatchCount: 1, elapsedMs: 0.5 },
    ]);
  });

  test('an end before its beginning counts nothing', () => {
    expect(sumByLabel(['a'], BigUint64Array.of(7n, 3n))[0]!.elapsedMs).toBe(0);
  });
});

describe('work', () => {
  test.each([
    ['gramian {"rank_vectors":1}', 'Gramian'],
    ['gramian-combine {}', 'Gramian'],
    ['als-loss {}', 'loss'],
    ['als-cholesky {}', 'exact solves'],
    ['als-normal-equations {}', 'exact solves'],
    ['als-combine-parts {}', 'exact solves'],
    ['als-cg-invocation {}', 'row solves'],
    ['als-cg-workgroup {}', 'row solves'],
    ['als-cg-subgroup {}', 'row solves'],
    ['symmetric-eigen {}', 'eigenbasis'],
    ['rotate-rows {}', 'rotation'],
    ['score-items {}', 'scores'],
    ['bound-tiles {}', 'bounds'],
    ['score-candidates {}', 'top-k'],
    ['select-top-k {}', 'top-k'],
    ['something-else {}', undefined],
  ])('%s belongs to %s', (label, name) => {
    expect(stageOf(label)?.name).toBe(name);
  });

  test.each([
    // 20 rows · 4 · 5; 20 rows · 16 bytes
    ['gramian', {}, { flops: 400, bytes: 320 }],
    // 100 · (16 · 4 + 8) + 2 · 16 · 10 · 4; 100 · 28 · 4 + 4 · 16 · 10 · 4
    ['als-cg-workgroup', {}, { flops: 8480, bytes: 13_760 }],
    // 100 · (16 · 3 + 8); 100 · 28 · 3
    ['als-cg-workgroup', { solver: 'ew-pcg', steps: 2 }, { flops: 5600, bytes: 8400 }],
    // 100 · (16 · 2 + 8); an entry without weights of its own is 4 bytes: 100 · 20 · 2
    ['als-cg-workgroup', { solver: 'ew-pcg', steps: 1, entryBytes: 4 }, { flops: 4000, bytes: 4000 }],
    // 100 · 28 + 10 · (64 / 3 + 32)
    ['als-cholesky', {}, { flops: 2800 + 10 * (64 / 3 + 32), bytes: 2800 }],
    // 30 rows of both sides · 2 · 16; 30 rows · 16 bytes
    ['rotate-rows', {}, { flops: 960, bytes: 480 }],
    ['score-items', {}, { flops: 320, bytes: 320 }],
    ['select-top-k', {}, { flops: 0, bytes: 5 }],
    ['bound-tiles', {}, { flops: 320, bytes: 400 }],
  ])('of %s with %j', (label, changed, expected) => {
    const work = stageOf(label)!.work({ ...shape, ...(changed as Partial<WorkShape>) })!;
    expect(work.flops).toBeCloseTo(expected.flops, 9);
    expect(work.bytes).toBeCloseTo(expected.bytes, 9);
  });
});

test('exact solves of a training are rows that were split, and counted with the others', () => {
  expect(stageOf('als-cholesky')!.work({ ...shape, queryCount: 0 })).toBeNull();
});

test('a report has each stage with its median, its share of the roofs, and its kernels', () => {
  const round = (scores: number): { label: string; dispatchCount: number; elapsedMs: number }[] => [
    { label: 'score-items {}', dispatchCount: 1, elapsedMs: scores },
    { label: 'select-top-k {}', dispatchCount: 2, elapsedMs: 1 },
    { label: 'unheard-of {}', dispatchCount: 1, elapsedMs: 4 },
  ];
  const roofs = { memory: 3200, cache: 6400, flops: 3200 };
  const lines = describeStages([round(300), round(100), round(200)], shape, roofs);
  // 320 flops and 320 bytes in 0.2 s: half of 3,200 a second.
  expect(lines[0]).toMatch(/scores +200 ms \(100–300\) .*50 % of the roof.*25 % of cache, 50 % of memory/u);
  expect(lines[1]).toMatch(/top-k +1\.00 ms/u);
  expect(lines[2]).toMatch(/select-top-k \{\}, 2 dispatches: 1\.00 ms/u);
  expect(lines[3]).toMatch(/unheard-of +4\.00 ms \(4\.00–4\.00\)$/u);
  expect(lines[4]).toMatch(/all +205 ms in 4 dispatches, 3 rounds/u);
});
