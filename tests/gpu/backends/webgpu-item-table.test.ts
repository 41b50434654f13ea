import { expect, test } from 'vitest';
import type { ItemSide, RowEquations, ItemTable, TopK } from '../../../src/backends/backend.ts';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { openWebGpuItemTable } from '../../../src/backends/webgpu/scoring/webgpu-item-table.ts';
import { DeviceLostError, DisposedError, GpuLimitError } from '../../../src/errors.ts';
import { type GpuDevice, type GpuLimits, openGpu } from '../../../src/gpu/device.ts';
import { referenceSolve } from '../../reference/als.ts';
import { scoresOf, topRows } from '../../reference/ranking.ts';
import { everyScore } from '../../support/every-score.ts';
import { requestGpu } from '../../support/gpu.ts';
import { randomNumbers, uniform } from '../../support/synthetic.ts';
import { validated } from '../../support/validated-gpu.ts';

/** Not a multiple of 4, so that padding shows. */
const rank = 6;

const exact = createCpuBackend();

function randomTable(rowCount: number, alpha0 = 0.3): ItemSide {
  return {
    factors: rank,
    rowCount,
    itemFactors: randomNumbers(rowCount * rank, { seed: rowCount + 1 }),
    biases: randomNumbers(rowCount, { seed: rowCount + 2, scale: 0.1 }),
    unobservedWeight: alpha0,
  };
}

/** Histories of the given lengths over `columnCount` items, columns ascending. */
function histories(lengths: readonly number[], columnCount: number): RowEquations {
  const next = uniform(lengths.length + columnCount);
  const rowOffsets = Uint32Array.from([0, ...lengths]);
  for (let row = 1; row < rowOffsets.length; row++) rowOffsets[row]! += rowOffsets[row - 1]!;
  const columns = lengths.flatMap((length) =>
    Array.from({ length }, () => Math.floor(next() * columnCount)).sort((left, right) => left - right),
  );
  return {
    rowCount: lengths.length,
    columnCount,
    rowOffsets,
    columns: Uint32Array.from(columns),
    a: Float32Array.from(columns, () => next()),
    b: Float32Array.from(columns, () => 1 + next()),
    regularization: Float32Array.from(lengths, () => 0.5 + next()),
  };
}

function withTable<Result>(
  table: ItemSide,
  work: (scoring: ItemTable, gpu: GpuDevice) => Promise<Result>,
  limits: Partial<GpuLimits> = {},
): Promise<Result> {
  return validated(async (gpu) => {
    const scoring = await openWebGpuItemTable(gpu, { side: table, exact });
    try {
      return await work(scoring, gpu);
    } finally {
      scoring.dispose();
    }
  }, limits);
}

/** Counts calls of a method while `work` runs. */
async function countCalls<Key extends string>(
  target: Record<Key, (...args: never[]) => unknown>,
  method: Key,
  work: () => Promise<unknown>,
): Promise<number> {
  const original = target[method];
  let calls = 0;
  target[method] = function counted(this: unknown, ...args: never[]) {
    calls++;
    return original.apply(this, args);
  };
  try {
    await work();
  } finally {
    target[method] = original;
  }
  return calls;
}

function listOf(topK: TopK, query: number): number[] {
  return [...topK.rows.subarray(query * topK.k, query * topK.k + topK.counts[query]!)];
}

/** Every answer of a table, to be compared bit by bit. */
async function everything(scoring: ItemTable, table: ItemSide) {
  const queries = randomNumbers(5 * rank, { seed: 3 });
  const words = Math.ceil(table.rowCount / 32);
  const mask = Uint32Array.from({ length: 5 * words }, (_, word) => Math.imul(word + 1, 0x9e37_79b1) >>> 0);
  return {
    dot: (await scoring.topK(queries, { k: 7, similarity: 'dot', mask })).topK,
    cosine: (await scoring.topK(queries, { k: 50, similarity: 'cosine', mask: mask.subarray(0, words) })).topK,
    scores: await everyScore(scoring, queries, { similarity: 'dot', rowCount: table.rowCount }),
  };
}

test('pages and chunks of lowered limits change no bit, and fold-in only by rounding', async () => {
  const table = randomTable(700);
  const equations = histories([3, 0, 50, 1, 20, 7, 30], 700);
  const whole = await withTable(table, async (scoring) => ({
    ...(await everything(scoring, table)),
    ...(await scoring.foldInTopK(equations, { k: 9 })),
  }));
  // 32 bytes a padded row: pages of 256 rows; 2,800 bytes of keys a query: chunks of 2 queries.
  const limits = { maxStorageBufferBindingSize: 8192, maxComputeWorkgroupsPerDimension: 7 };
  await withTable(
    table,
    async (scoring) => {
      const lowered = await everything(scoring, table);
      for (const name of ['dot', 'cosine', 'scores'] as const) expect(lowered[name]).toEqual(whole[name]);
      const folded = await scoring.foldInTopK(equations, { k: 9 });
      // The Gramian is summed page by page: sums of up to 700 products below 1, in another order.
      for (const [place, value] of folded.factors.entries()) expect(value).toBeCloseTo(whole.factors[place]!, 4);
      expect(folded.topK.rows).toEqual(whole.topK.rows);
    },
    limits,
  );
});

const catalogue = 5000;

test.each([1, 1023, 1024, 1025, 1500, catalogue, catalogue + 1])('k = %i of a large catalogue', async (k) => {
  const table = randomTable(catalogue);
  const queries = randomNumbers(2 * rank, { seed: 4 });
  await withTable(table, async (scoring) => {
    const scores = await everyScore(scoring, queries, { similarity: 'dot', rowCount: catalogue });
    const mask = new Uint32Array(Math.ceil(catalogue / 32)).fill(0x10);
    const isMasked = (row: number): boolean => row % 32 === 4;
    const { topK } = await scoring.topK(queries, { k, similarity: 'dot', mask });
    expect(topK.k).toBe(Math.min(k, catalogue));
    for (const query of [0, 1]) {
      const own = scores.subarray(query * catalogue, (query + 1) * catalogue);
      const rows = listOf(topK, query);
      expect(rows).toEqual(topRows(own, { k, isMasked }));
      const start = query * topK.k;
      expect([...topK.scores.subarray(start, start + rows.length)]).toEqual(rows.map((row) => own[row]));
      // Unfilled places are zero, as on the CPU.
      expect(topK.rows.subarray(start + rows.length, start + topK.k).every((row) => row === 0)).toBe(true);
    }
  });
});

test('ties at the edge of the list go to the lower row, on the kernel and on the host', async () => {
  const rowCount = 3000;
  const table = {
    ...randomTable(rowCount),
    itemFactors: Float32Array.from({ length: rowCount * rank }, (_, place) => Math.floor(place / rank) % 3),
    biases: new Float32Array(rowCount),
  };
  const query = new Float32Array(rank).fill(1);
  await withTable(table, async (scoring) => {
    for (const k of [10, 1001, 1700]) {
      const { topK } = await scoring.topK(query, { k, similarity: 'dot' });
      expect(listOf(topK, 0)).toEqual(topRows(scoresOf(query, table, 'dot'), { k }));
    }
  });
});

/** Enough tiles of 32 items for lists of 20 to be made of the codes of a few queries. */
const largeCount = 32 * 8 * (2 * 20 + 16) + 45;

test('a large catalogue: codes, tiles and all keys give the same lists, in pages or not', async () => {
  const table = randomTable(largeCount);
  const words = Math.ceil(largeCount / 32);
  const queries = randomNumbers(5 * rank, { seed: 9 });
  const mask = Uint32Array.from({ length: 5 * words }, (_, word) => Math.imul(word + 1, 0x9e37_79b1) >>> 0);
  for (const similarity of ['dot', 'cosine'] as const) {
    await withTable(
      table,
      async (scoring) => {
        const scores = await everyScore(scoring, queries, { similarity, rowCount: largeCount });
        // 20 places by codes or, all queries at once, by tiles; 41 by tiles; 200 by all keys.
        for (const k of [20, 41, 200]) {
          const wanted = Array.from({ length: 5 }, (_, query) =>
            topRows(scores.subarray(query * largeCount, (query + 1) * largeCount), {
              k,
              isMasked: (row) => ((mask[query * words + (row >>> 5)]! >>> (row & 31)) & 1) === 1,
            }),
          );
          const { topK } = await scoring.topK(queries, { k, similarity, mask });
          expect(wanted.map((_, query) => listOf(topK, query))).toEqual(wanted);
          for (const query of [0, 4]) {
            const one = await scoring.topK(queries.subarray(query * rank, (query + 1) * rank), {
              k,
              similarity,
              mask: mask.subarray(query * words, (query + 1) * words),
            });
            expect(listOf(one.topK, 0)).toEqual(wanted[query]);
            expect(one.topK.scores).toEqual(topK.scores.subarray(query * k, (query + 1) * k));
          }
        }
      },
      similarity === 'dot' ? {} : { maxStorageBufferBindingSize: 2 ** 17, maxComputeWorkgroupsPerDimension: 50 },
    );
  }
});

test('codes of a page that fills a binding fill no more than one: rank 4', async () => {
  const table = {
    ...randomTable(largeCount),
    factors: 4,
    itemFactors: randomNumbers(largeCount * 4, { seed: 3 }),
  };
  const query = randomNumbers(4, { seed: 9 });
  await withTable(
    table,
    async (scoring) => {
      const { topK } = await scoring.topK(query, { k: 20, similarity: 'dot' });
      expect(listOf(topK, 0)).toEqual(
        topRows(await everyScore(scoring, query, { similarity: 'dot', rowCount: largeCount }), { k: 20 }),
      );
    },
    { maxStorageBufferBindingSize: 2 ** 17 },
  );
});

test('codes that cannot prove a list are left aside: one more submit, the same answer', async () => {
  const next = randomTable(largeCount);
  const equal = {
    ...next,
    itemFactors: new Float32Array(largeCount * rank).fill(0.5),
    biases: new Float32Array(largeCount),
  };
  const query = randomNumbers(rank, { seed: 9 });
  for (const [table, asked, submits] of [
    [next, query, 1],
    [equal, query, 2],
    [next, new Float32Array(rank), 2],
  ] as const) {
    await withTable(table, async (scoring, gpu) => {
      const queue = gpu.device.queue as unknown as Record<'submit', () => unknown>;
      let rows: number[] = [];
      const call = async (): Promise<void> => {
        rows = listOf((await scoring.topK(asked, { k: 20, similarity: 'dot' })).topK, 0);
      };
      expect(await countCalls(queue, 'submit', call)).toBe(submits);
      expect(rows).toEqual(
        topRows(await everyScore(scoring, asked, { similarity: 'dot', rowCount: largeCount }), { k: 20 }),
      );
    });
  }
});

test('everything masked: no place is filled', async () => {
  await withTable(randomTable(100), async (scoring) => {
    const mask = new Uint32Array(4).fill(0xffff_ffff);
    for (const k of [1, 100]) {
      const { topK } = await scoring.topK(randomNumbers(rank, { seed: 1 }), { k, similarity: 'cosine', mask });
      expect([...topK.counts]).toEqual([0]);
      expect(topK.rows.every((row) => row === 0)).toBe(true);
    }
  });
});

test('a visitor: one submit, one read-back, and no new buffer once warm', async () => {
  const table = randomTable(400);
  const equations = histories([12], 400);
  await withTable(table, async (scoring, gpu) => {
    const request = (): Promise<unknown> => scoring.foldInTopK(equations, { k: 10, mask: new Uint32Array(13) });
    await request();
    const device = gpu.device as unknown as Record<'createBuffer', () => unknown>;
    const queue = gpu.device.queue as unknown as Record<'submit', () => unknown>;
    const buffers = Object.getPrototypeOf(gpu.device.createBuffer({ size: 16, usage: 8 })) as Record<
      'mapAsync',
      () => unknown
    >;
    expect(await countCalls(queue, 'submit', request)).toBe(1);
    expect(await countCalls(buffers, 'mapAsync', request)).toBe(1);
    expect(await countCalls(device, 'createBuffer', request)).toBe(0);
  });
});

test('parts are timed where the device has timestamps', async () => {
  await withTable(randomTable(300), async (scoring, gpu) => {
    const { timings } = await scoring.foldInTopK(histories([5, 9], 300), { k: 3 });
    const { timings: ranking } = await scoring.topK(randomNumbers(rank, { seed: 2 }), { k: 3, similarity: 'dot' });
    expect(ranking.foldInMs).toBeNull();
    for (const part of [timings.foldInMs, timings.scoreMs, timings.topKMs, ranking.scoreMs, ranking.topKMs]) {
      if (gpu.device.features.has('timestamp-query')) expect(part).toBeGreaterThanOrEqual(0);
      else expect(part).toBeNull();
    }
    expect(timings.totalMs).toBeGreaterThan(0);
  });
});

test('many calls in flight give what they give one by one', async () => {
  const table = randomTable(500);
  await withTable(table, async (scoring) => {
    const lengths = Array.from({ length: 12 }, (_, call) => [call, 30 - call]);
    const problems = lengths.map((pair) => histories(pair, 500));
    const oneByOne: unknown[] = [];
    for (const equations of problems) {
      const { factors, topK } = await scoring.foldInTopK(equations, { k: 20 });
      oneByOne.push({ factors, topK });
    }
    const inFlight = await Promise.all(
      problems.map(async (equations, call) => {
        // Other calls in between, some of which fail.
        void scoring.topK(randomNumbers(rank * (call + 1), { seed: call + 1 }), { k: 500, similarity: 'cosine' });
        const query = randomNumbers(rank, { seed: call + 1 });
        const wrong = scoring.topK(query, { k: 1, similarity: 'dot', mask: new Uint32Array(1) });
        const failing = expect(wrong).rejects.toThrow(/a mask must have 16 words/);
        const { factors, topK } = await scoring.foldInTopK(equations, { k: 20 });
        await failing;
        return { factors, topK };
      }),
    );
    expect(inFlight).toEqual(oneByOne);
  });
});

test('fold-in equals the double-precision solution; α₀ and the biases change what they should', async () => {
  const equations = histories([4, 0, 25], 80);
  const table = randomTable(80);
  const solved = await withTable(table, (scoring) => scoring.foldIn(equations));
  const expected = referenceSolve(equations, {
    factors: rank,
    unobservedWeight: table.unobservedWeight,
    fixed: table.itemFactors,
  });
  // Condition numbers below 100, factors below 2.
  for (const [place, value] of expected.entries()) expect(solved[place]).toBeCloseTo(value, 4);
  const explicit = await withTable({ ...table, unobservedWeight: 0 }, (scoring) => scoring.foldIn(equations));
  const expectedExplicit = referenceSolve(equations, { factors: rank, unobservedWeight: 0, fixed: table.itemFactors });
  for (const [place, value] of expectedExplicit.entries()) expect(explicit[place]).toBeCloseTo(value, 4);
  expect(explicit).not.toEqual(solved);
});

test('empty catalogue, no queries, no rows, k = 0', async () => {
  const none = {
    factors: rank,
    rowCount: 0,
    itemFactors: new Float32Array(0),
    biases: new Float32Array(0),
    unobservedWeight: 0.3,
  };
  await withTable(none, async (scoring) => {
    const { topK, factors } = await scoring.foldInTopK(histories([0, 0], 0), { k: 5 });
    expect(topK.k).toBe(0);
    expect([...topK.counts]).toEqual([0, 0]);
    expect(factors.every((value) => value === 0)).toBe(true);
    const asked = await scoring.topK(randomNumbers(rank, { seed: 1 }), { k: 5, similarity: 'dot' });
    expect([...asked.topK.counts]).toEqual([0]);
  });
  await withTable(randomTable(10), async (scoring) => {
    const nobody = new Float32Array(0);
    expect((await scoring.topK(nobody, { k: 3, similarity: 'dot' })).topK.rows).toHaveLength(0);
    expect(await scoring.foldIn(histories([], 10))).toHaveLength(0);
    expect((await scoring.topK(randomNumbers(rank, { seed: 1 }), { k: 0, similarity: 'dot' })).topK.k).toBe(0);
  });
});

test('a mask of another length is refused with the numbers', async () => {
  await withTable(randomTable(100), async (scoring) => {
    const call = scoring.topK(randomNumbers(2 * rank, { seed: 1 }), {
      k: 1,
      similarity: 'dot',
      mask: new Uint32Array(5),
    });
    await expect(call).rejects.toThrow(/must have 4 words, or as many for each of 2 queries, got 5/);
  });
});

test('a table that does not fit is refused with the numbers', async () => {
  const limits = { maxStorageBufferBindingSize: 16 };
  await expect(withTable(randomTable(3), () => Promise.resolve(), limits)).rejects.toThrow(
    /A Gramian of 8 factors needs 1 × 256 bytes of scratch, this GPU binds 16/,
  );
  await expect(withTable(randomTable(3), () => Promise.resolve(), limits)).rejects.toBeInstanceOf(GpuLimitError);
});

test('calls made before dispose end, calls after it are an error by name', async () => {
  await validated(async (gpu) => {
    const scoring = await openWebGpuItemTable(gpu, { side: randomTable(50), exact });
    const query = randomNumbers(rank, { seed: 1 });
    const call = { k: 50, similarity: 'dot' } as const;
    const before = [
      scoring.topK(query, call).then(({ topK }) => topK.rows),
      scoring.contributions(histories([5], 50), Uint32Array.of(0, 1)),
      scoring.embeddings.gather(Uint32Array.of(3)),
    ];
    scoring.dispose();
    scoring.dispose();
    expect((await Promise.all(before)).map(({ length }) => length)).toEqual([50, 10, rank]);
    await expect(scoring.topK(query, call)).rejects.toBeInstanceOf(DisposedError);
  });
});

test('a device lost during a call is an error by name', async () => {
  const gpu = await openGpu({ gpu: await requestGpu() });
  const scoring = await openWebGpuItemTable(gpu, { side: randomTable(50), exact });
  const request = scoring.foldInTopK(histories([5], 50), { k: 5 });
  gpu.device.destroy();
  await expect(request).rejects.toBeInstanceOf(DeviceLostError);
  await expect(scoring.foldIn(histories([5], 50))).rejects.toBeInstanceOf(DeviceLostError);
  scoring.dispose();
});
