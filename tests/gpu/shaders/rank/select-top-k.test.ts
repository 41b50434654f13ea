import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BufferScope } from '../../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../../src/gpu/command-batch.ts';
import type { GpuLimits } from '../../../../src/gpu/device.ts';
import { readBuffers } from '../../../../src/gpu/read-back.ts';
import { scoresOfKeys } from '../../../../src/shaders/rank/score-items.ts';
import { encodeSelectTopK, type SelectShape, selectShapes } from '../../../../src/shaders/rank/select-top-k.ts';
import { topRows } from '../../../reference/ranking.ts';
import { randomNumbers } from '../../../support/synthetic.ts';
import { validated } from '../../../support/validated-gpu.ts';

const masked = null;
type Scores = readonly (number | typeof masked)[];

/** The order-preserving key of a score, worked out apart from the shader; 0 where masked. */
function keyOf(score: number | typeof masked): number {
  if (score === masked) return 0;
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, score === 0 ? 0 : score);
  const bits = view.getUint32(0);
  return bits >= 2 ** 31 ? 2 ** 32 - 1 - bits : bits + 2 ** 31;
}

/** Selects on the GPU: for each query its (row, score) pairs, filled places only. */
function select(
  queries: readonly Scores[],
  { k, shape, limits = {} }: { k: number; shape: SelectShape; limits?: Partial<GpuLimits> },
): Promise<number[][]> {
  return validated(async (gpu) => {
    using buffers = new BufferScope(gpu, 'test');
    const candidateCount = queries[0]!.length;
    const queryCount = queries.length;
    const lists = new Map<number, GPUBuffer>();
    const reserve = (turn: number, byteLength: number): GPUBuffer => {
      const list = lists.get(turn) ?? buffers.upload('list', new Float32Array(byteLength / 4).fill(Number.NaN));
      // What was enough for a round is enough for those after it.
      expect(list.size).toBeGreaterThanOrEqual(byteLength);
      lists.set(turn, list);
      return list;
    };
    using commands = new CommandBatch(gpu, 'test');
    const selected = encodeSelectTopK(commands, {
      queryCount,
      candidateCount,
      k,
      keys: buffers.upload('keys', Uint32Array.from(queries.flatMap((scores) => scores.map(keyOf)))),
      reserve,
      shape,
    });
    commands.submit();
    const [bytes] = await readBuffers(gpu, [{ buffer: selected, size: 8 * queryCount * k }]);
    const pairs = new Uint32Array(bytes!);
    return queries.map((scores, query) => {
      const rows: number[] = [];
      for (let place = 0; place < k; place++) {
        const [key, row] = pairs.subarray(2 * (query * k + place));
        if (key === 0) expect(row).toBe(0xffff_ffff);
        else {
          // No place after an empty one is filled.
          expect(rows).toHaveLength(place);
          expect(key).toBe(keyOf(scores[row!]!));
          rows.push(row!);
        }
      }
      return rows;
    });
  }, limits);
}

function expected(scores: Scores, k: number): number[] {
  return topRows(
    scores.map((score) => score ?? 0),
    { k, isMasked: (row) => scores[row] === masked },
  );
}

/** Both shapes, whichever the device itself would take. */
const shapes: readonly SelectShape[] = Object.values(selectShapes);

async function expectExact(queries: readonly Scores[], k: number, tried = shapes): Promise<void> {
  const wanted = queries.map((scores) => expected(scores, k));
  for (const shape of tried) expect(await select(queries, { k, shape })).toEqual(wanted);
}

const random = (length: number, seed = 5): number[] => [...randomNumbers(length, { seed })];

const segment = selectShapes.hardware.segmentLength;
const sizes = [1, 15, 16, 17, 255, 256, 257, segment - 1, segment, segment + 1, 5 * segment + 1031];

test.each(sizes)('%i candidates', async (candidateCount) => {
  const queries = [random(candidateCount), random(candidateCount, 6)];
  for (const k of [1, 10, 33]) await expectExact(queries, k);
});

test('no candidates: every place is empty', async () => {
  expect(await select([[], []], { k: 3, shape: selectShapes.software })).toEqual([[], []]);
});

test('k = 1,024, over several rounds', async () => {
  const scores = random(6 * segment + 7);
  await expectExact([scores, scores.toReversed()], 1024);
});

const big = segment + 300;
const adversarial: Record<string, Scores> = {
  'all equal': Array.from({ length: big }, () => 0.5),
  'all in one bin of the first three digits': Array.from({ length: big }, (_, row) => 1 + ((row * 37) % 64) * 2 ** -23),
  'ties at the threshold, on both sides of a segment': Array.from({ length: big }, (_, row) =>
    row % 400 === 7 ? 2 : 1,
  ),
  ascending: Array.from({ length: big }, (_, row) => row),
  descending: Array.from({ length: big }, (_, row) => -row),
  'zeros of both signs': Array.from({ length: big }, (_, row) => (row % 2 === 0 ? -0 : 0)),
  'the ends of the range': [-Infinity, 3.4e38, -3.4e38, Infinity, 2 ** -149, -(2 ** -149), 0, -0, -Infinity],
  'fewer candidates than k': [3, 1, masked, 2],
  'everything masked': Array.from({ length: big }, () => masked),
  'one left, at the end': Array.from({ length: big }, (_, row) => (row === big - 1 ? -5 : masked)),
  'masked by turns': Array.from({ length: big }, (_, row) => (row % 3 === 0 ? masked : (row * 7919) % 101)),
};

for (const [name, scores] of Object.entries(adversarial)) {
  test(`adversarial: ${name}`, async () => {
    for (const k of [1, 16, 200, 1024]) await expectExact([scores], k);
  });
}

test('of pairs, those below a first one without a row are none', async () => {
  const nobody = 0xffff_ffff;
  // Two queries: one with such a pair, one whose first pair is an empty place.
  const pairs = [
    [keyOf(2), nobody, keyOf(3), 0, keyOf(1), 1, keyOf(2), 2, keyOf(1.5), 3],
    [0, nobody, keyOf(1), 4, keyOf(3), 5, keyOf(1), 6, keyOf(-1), 7],
  ];
  const found = await validated(async (gpu) => {
    using buffers = new BufferScope(gpu, 'test');
    using commands = new CommandBatch(gpu, 'test');
    const selected = encodeSelectTopK(commands, {
      queryCount: 2,
      candidateCount: 5,
      k: 4,
      keys: buffers.upload('pairs', Uint32Array.from(pairs.flat())),
      arePairs: true,
      reserve: (_, byteLength) => buffers.upload('list', new Float32Array(byteLength / 4).fill(Number.NaN)),
    });
    commands.submit();
    return new Uint32Array((await readBuffers(gpu, [selected]))[0]!);
  });
  const wanted = [
    [keyOf(3), 0, keyOf(2), 2, keyOf(2), nobody, 0, nobody],
    [keyOf(3), 5, keyOf(1), 4, keyOf(1), 6, keyOf(-1), 7],
  ];
  expect([...found]).toEqual(wanted.flat());
});

test('NaN ends, fills no more than k places, and is not below the numbers', async () => {
  const scores = random(big).map((score, row) => (row % 5 === 0 ? Number.NaN : score));
  for (const shape of shapes) expect((await select([scores], { k: 8, shape }))[0]).toHaveLength(8);
});

test('twice the same bits, and the same with few workgroups a dimension', async () => {
  const queries = Array.from({ length: 7 }, (_, query) =>
    random(2 * segment, query + 1).map((x) => Math.round(x * 50)),
  );
  const options = { k: 100, shape: shapes[0]! };
  const once = await select(queries, options);
  expect(await select(queries, options)).toEqual(once);
  expect(await select(queries, { ...options, limits: { maxComputeWorkgroupsPerDimension: 4 } })).toEqual(once);
  expect(once).toEqual(queries.map((scores) => expected(scores, 100)));
});

test('equals a sort, whatever the scores and the mask', async () => {
  const score = fc.oneof(fc.constant(masked), fc.integer({ min: -3, max: 3 }), fc.float({ noNaN: true }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(score, { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 40 }),
      async (scores, k) => expectExact([scores], k, [selectShapes.software]),
    ),
    { numRuns: 60, seed: 20_250_101 },
  );
});

test('keys turn back into their scores', () => {
  const scores = [1.5, -2.25, 0, 3e38, -3e-38, Infinity, -Infinity];
  expect([...scoresOfKeys(Uint32Array.from(scores, keyOf))]).toEqual(scores.map(Math.fround));
  expect(scoresOfKeys(Uint32Array.of(0))[0]).toBeNaN();
});
