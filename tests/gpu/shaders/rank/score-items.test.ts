import { expect, test } from 'vitest';
import { BufferScope } from '../../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../../src/gpu/command-batch.ts';
import type { GpuLimits } from '../../../../src/gpu/device.ts';
import { readBuffers } from '../../../../src/gpu/read-back.ts';
import { rankingParams, tilesOfPage } from '../../../../src/shaders/rank/ranking.ts';
import {
  encodeScoreItems,
  maskedKey,
  scoreItems,
  scoreOverrides,
  scoresOfKeys,
} from '../../../../src/shaders/rank/score-items.ts';
import { scoresOf } from '../../../reference/ranking.ts';
import {
  type Catalogue,
  masked,
  queryCountOf,
  randomCatalogue,
  run,
  sizes as catalogueSizes,
  tilesOf,
} from '../../../support/shaders/ranked-catalogue.ts';
import { randomNumbers } from '../../../support/synthetic.ts';
import { rankingBatch } from '../../../support/shaders/ranking-batch.ts';
import { validated } from '../../../support/validated-gpu.ts';

interface Items {
  /** A multiple of 4: padding is the engine's business. */
  readonly factors: number;
  readonly rowCount: number;
  readonly itemFactors: Float32Array;
  readonly scales: Float32Array;
  readonly biases: Float32Array;
}

interface Options {
  readonly mask?: Uint32Array;
  readonly maskStride?: number;
  readonly pageRows?: number;
  readonly limits?: Partial<GpuLimits>;
}

function randomItems(rowCount: number, rank: number): Items {
  return {
    factors: rank,
    rowCount,
    itemFactors: randomNumbers(rowCount * rank, { seed: rowCount + 1 }),
    scales: randomNumbers(rowCount, { seed: 5 }),
    biases: randomNumbers(rowCount, { seed: 6 }),
  };
}

/** The keys of every query and item. */
function keysOf(items: Items, queries: Float32Array, options: Options = {}): Promise<Uint32Array> {
  return validated(async (gpu) => {
    const { factors: rank, rowCount, itemFactors: factors, scales, biases } = items;
    const { mask, maskStride, pageRows = Math.max(1, rowCount) } = options;
    const queryCount = queries.length / rank;
    using buffers = new BufferScope(gpu, 'test');
    const pages = Array.from({ length: Math.ceil(rowCount / pageRows) }, (_, page) => {
      const firstRow = page * pageRows;
      const count = Math.min(pageRows, rowCount - firstRow);
      const rows = factors.subarray(firstRow * rank, (firstRow + count) * rank);
      return { buffer: buffers.upload(`page ${page}`, rows), firstRow, rowCount: count };
    });
    const length = queryCount * rowCount;
    const keys = buffers.upload('keys', new Float32Array(length + 4).fill(Number.NaN));
    using commands = new CommandBatch(gpu, 'test');
    const batch = rankingBatch(buffers, { pages, rank, queries, scales, biases, mask, maskStride });
    encodeScoreItems(commands, batch, { keys });
    commands.submit();
    const [bytes] = await readBuffers(gpu, [keys]);
    // Nothing is written past the end.
    expect([...new Float32Array(bytes!).subarray(length, length + 4)].every(Number.isNaN)).toBe(true);
    return new Uint32Array(bytes!, 0, length);
  }, options.limits);
}

function expectScores(actual: Float32Array, items: Items, queries: Float32Array): void {
  const { factors: rank, rowCount, scales, biases } = items;
  for (let start = 0; start < queries.length; start += rank) {
    const dots = scoresOf(
      queries.subarray(start, start + rank),
      { ...items, biases: new Float32Array(rowCount) },
      'dot',
    );
    for (const [row, dot] of dots.entries()) {
      const score = actual[(start / rank) * rowCount + row]!;
      // A sum of `rank` products below 1 in single precision, and two more roundings.
      expect(Math.abs(score - (scales[row]! * dot + biases[row]!))).toBeLessThan((rank + 2) * rank * 2 ** -24);
    }
  }
}

const sizes = [0, 1, 63, 64, 65, 4099];

for (const queryCount of [1, 2, 3, 4, 5, 9]) {
  test.each(sizes)(`${queryCount} queries, %i items`, async (rowCount) => {
    const items = randomItems(rowCount, 12);
    const queries = randomNumbers(queryCount * 12, { seed: queryCount });
    const keys = await keysOf(items, queries);
    expectScores(scoresOfKeys(keys), items, queries);
    if (rowCount > 1) expect(await keysOf(items, queries, { pageRows: 64 })).toEqual(keys);
  });
}

test('greater score, greater key; zeros of both signs have one key', async () => {
  const values = [-3, -1.5, -1e-20, -0, 0, 1e-20, 0.25, 7e30];
  const items: Items = {
    factors: 4,
    rowCount: values.length,
    itemFactors: Float32Array.from(values.flatMap((value) => [value, 0, 0, 0])),
    // Sums begin at +0, so −0 comes from the scale alone, and a bias of +0 would hide it.
    scales: Float32Array.from(values, (value) => (Object.is(value, -0) ? -1 : 1)),
    biases: new Float32Array(values.length).fill(-0),
  };
  const keys = [...(await keysOf(items, Float32Array.of(1, -0, -0, -0)))];
  expect(keys[3]).toBe(keys[4]);
  const distinct = keys.filter((_, row) => row !== 4);
  expect(distinct).toEqual([...distinct].sort((left, right) => left - right));
  expect(new Set(distinct).size).toBe(distinct.length);
  expect(Math.min(...keys)).toBeGreaterThan(maskedKey);
});

test('masked items have key 0, with one mask for all and one a query', async () => {
  const items = randomItems(70, 4);
  const queries = randomNumbers(5 * 4, { seed: 8 });
  const plain = await keysOf(items, queries);
  const words = 3;
  const shared = Uint32Array.of(0x8000_0001, 0, 0b10_0000);
  const each = Uint32Array.from({ length: 5 * words }, (_, word) => Math.imul(word + 1, 0x9e64_79b1) >>> 0);
  for (const { mask, maskStride } of [
    { mask: shared, maskStride: 0 },
    { mask: each, maskStride: words },
  ]) {
    const expected = plain.map((key, place) => {
      const query = Math.floor(place / 70);
      const row = place % 70;
      return (mask[query * maskStride + (row >>> 5)]! >>> (row & 31)) & 1 ? maskedKey : key;
    });
    expect(expected.filter((key) => key === maskedKey).length).toBeGreaterThan(10);
    expect(await keysOf(items, queries, { mask, maskStride })).toEqual(expected);
    expect(await keysOf(items, queries, { mask, maskStride, pageRows: 32 })).toEqual(expected);
  }
});

test('lowered limits change no bit; neither does a second run', async () => {
  const items = randomItems(700, 8);
  const queries = randomNumbers(6 * 8, { seed: 2 });
  const keys = await keysOf(items, queries);
  expect(await keysOf(items, queries)).toEqual(keys);
  const limits = { maxComputeWorkgroupsPerDimension: 5 };
  expect(await keysOf(items, queries, { limits, pageRows: 96 })).toEqual(keys);
});

/** Tile maxima with so many invocations per tile; a device's own choice is one of both. */
const maximaOf = (catalogue: Catalogue, lanes: number): Promise<Uint32Array> =>
  run(catalogue, tilesOf(catalogue), (commands, batch, { output }) => {
    const overrides = {
      ...scoreOverrides(commands.gpu, { queryCount: batch.params.query_count, maxima: true }),
      lanes,
    };
    for (const page of batch.pages) {
      scoreItems.encode(commands, {
        buffers: { ...batch.buffers, items_page: page.buffer, keys: output },
        params: rankingParams(batch, page),
        overrides,
        workgroups:
          Math.ceil((tilesOfPage(page) * lanes) / overrides.workgroup_size) *
          Math.ceil(batch.params.query_count / overrides.query_tile),
      });
    }
  });

/** The greatest key of each tile. */
function greatest(keys: Uint32Array, catalogue: Catalogue): number[] {
  const { rowCount } = catalogue;
  return Array.from({ length: queryCountOf(catalogue) }, (_, query) =>
    Array.from({ length: tilesOf(catalogue) }, (__, tile) =>
      Math.max(...keys.subarray(query * rowCount + tile * 32, query * rowCount + Math.min(rowCount, tile * 32 + 32))),
    ),
  ).flat();
}

for (const queryCount of [1, 3, 4, 5]) {
  test.each(catalogueSizes)(`maxima of tiles: ${queryCount} queries, %i items`, async (rowCount) => {
    const catalogue = randomCatalogue(rowCount, { queryCount });
    for (const each of [catalogue, masked(catalogue)]) {
      const wanted = greatest(await keysOf(each, each.queries, each), each);
      for (const lanes of [1, 8]) {
        expect([...(await maximaOf(each, lanes))]).toEqual(wanted);
        expect([...(await maximaOf({ ...each, pageRows: 32 }, lanes))]).toEqual(wanted);
      }
    }
  });
}
