/** The kernels that rank a catalogue by tiles of 32 items: maxima and bounds of tiles, and the scores of those picked. */
import { expect, test } from 'vitest';
import { type BufferRange, BufferScope } from '../../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../../src/gpu/command-batch.ts';
import { readBuffers } from '../../../../src/gpu/read-back.ts';
import { encodeBoundTiles } from '../../../../src/shaders/rank/bound-tiles.ts';
import { encodeCompressRows } from '../../../../src/shaders/rank/compress-rows.ts';
import { type CodedPage, type RankingBatch, rankingParams, tilesOfPage } from '../../../../src/shaders/rank/ranking.ts';
import { candidateCount, encodeScoreCandidates } from '../../../../src/shaders/rank/score-candidates.ts';
import {
  encodeScoreItems,
  scoreItems,
  scoreOverrides,
  scoresOfKeys,
} from '../../../../src/shaders/rank/score-items.ts';
import { scoresOf } from '../../../reference/ranking.ts';
import { isBrowser } from '../../../support/gpu.ts';
import { randomNumbers } from '../../../support/synthetic.ts';
import { rankingBatch } from '../../../support/ranking-batch.ts';
import { validated } from '../../../support/validated-gpu.ts';

interface Catalogue {
  /** A multiple of 4: padding is the engine's business. */
  readonly factors: number;
  readonly rowCount: number;
  readonly itemFactors: Float32Array;
  readonly scales: Float32Array;
  readonly biases: Float32Array;
  readonly queries: Float32Array;
  readonly mask?: Uint32Array;
  readonly maskStride?: number;
  readonly pageRows?: number;
}

function randomCatalogue(rowCount: number, { rank = 8, queryCount = 2 } = {}): Catalogue {
  return {
    factors: rank,
    rowCount,
    itemFactors: randomNumbers(rowCount * rank, { seed: rowCount + 1 }),
    // As the engine makes them: not negative.
    scales: randomNumbers(rowCount, { seed: 5 }).map(Math.abs),
    biases: randomNumbers(rowCount, { seed: 6, scale: 0.1 }),
    queries: randomNumbers(queryCount * rank, { seed: rowCount + 2 }),
  };
}

const tilesOf = ({ rowCount }: Catalogue): number => Math.ceil(rowCount / 32);
const queryCountOf = ({ queries, factors: rank }: Catalogue): number => queries.length / rank;
const sizes = isBrowser ? [1, 97] : [1, 31, 32, 33, 63, 64, 65, 2047, 2049, 4101];

/** What `encode` writes into `length` words per query, which are rubbish at first. */
function run(
  catalogue: Catalogue,
  length: number,
  encode: (
    commands: CommandBatch,
    batch: RankingBatch<CodedPage>,
    more: { output: BufferRange; buffers: BufferScope },
  ) => void,
): Promise<Uint32Array> {
  return validated(async (gpu) => {
    const {
      factors: rank,
      rowCount,
      itemFactors: factors,
      scales,
      biases,
      queries,
      mask,
      maskStride,
      pageRows = rowCount,
    } = catalogue;
    using buffers = new BufferScope(gpu, 'test');
    using commands = new CommandBatch(gpu, 'test');
    const rankVectors = rank / 4;
    const pages = Array.from({ length: Math.ceil(rowCount / pageRows) }, (_, index) => {
      const firstRow = index * pageRows;
      const count = Math.min(pageRows, rowCount - firstRow);
      const rows = factors.subarray(firstRow * rank, (firstRow + count) * rank);
      const page = { buffer: buffers.upload('page', rows), firstRow, rowCount: count };
      return encodeCompressRows(commands, { page, rankVectors, buffers });
    });
    const queryCount = queryCountOf(catalogue);
    const words = length * queryCount;
    const output = buffers.upload('output', new Float32Array(words + 4).fill(Number.NaN));
    const batch = rankingBatch(buffers, { pages, rank, queries, scales, biases, mask, maskStride });
    encode(commands, batch, { output, buffers });
    commands.submit();
    const [bytes] = await readBuffers(gpu, [output]);
    // Nothing is written past the end.
    expect([...new Float32Array(bytes!).subarray(words, words + 4)].every(Number.isNaN)).toBe(true);
    return new Uint32Array(bytes!, 0, words);
  });
}

const keysOf = (catalogue: Catalogue): Promise<Uint32Array> =>
  run(catalogue, catalogue.rowCount, (commands, batch, { output }) =>
    encodeScoreItems(commands, batch, { keys: output }),
  );

const boundsOf = (catalogue: Catalogue): Promise<Uint32Array> =>
  run(catalogue, tilesOf(catalogue), (commands, batch, { output }) => encodeBoundTiles(commands, batch, output));

/** Tile maxima with so many invocations a tile; a device's own choice is one of both. */
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

function masked(catalogue: Catalogue): Catalogue {
  const length = queryCountOf(catalogue) * tilesOf(catalogue);
  const mask = Uint32Array.from({ length }, (_, word) => (word % 3 === 0 ? ~0 : Math.imul(word + 1, 0x9e37_79b1)));
  return { ...catalogue, mask, maskStride: tilesOf(catalogue) };
}

for (const queryCount of isBrowser ? [5] : [1, 3, 4, 5]) {
  test.each(sizes)(`maxima of tiles: ${queryCount} queries, %i items`, async (rowCount) => {
    const catalogue = randomCatalogue(rowCount, { queryCount });
    for (const each of [catalogue, masked(catalogue)]) {
      const wanted = greatest(await keysOf(each), each);
      for (const lanes of [1, 8]) {
        expect([...(await maximaOf(each, lanes))]).toEqual(wanted);
        expect([...(await maximaOf({ ...each, pageRows: 32 }, lanes))]).toEqual(wanted);
      }
    }
  });
}

/** Bounds are what the exact scores allow, and not far above them. */
async function expectBounds(catalogue: Catalogue, slack: number): Promise<void> {
  const { factors: rank, rowCount, scales, biases, queries, mask, maskStride = 0 } = catalogue;
  const bounds = scoresOfKeys(await boundsOf(catalogue));
  for (let query = 0; query < queryCountOf(catalogue); query++) {
    const own = queries.subarray(query * rank, (query + 1) * rank);
    const dots = scoresOf(own, { ...catalogue, biases: new Float32Array(rowCount) }, 'dot');
    for (let tile = 0; tile < tilesOf(catalogue); tile++) {
      let best = -Infinity;
      for (let row = tile * 32; row < Math.min(rowCount, tile * 32 + 32); row++) {
        const word = mask ? mask[query * maskStride + tile]! : 0;
        if (!((word >>> (row & 31)) & 1)) best = Math.max(best, scales[row]! * dots[row]! + biases[row]!);
      }
      const bound = bounds[query * tilesOf(catalogue) + tile]!;
      if (best === -Infinity) expect(bound).toBeNaN();
      else {
        expect(bound).toBeGreaterThanOrEqual(best);
        expect(bound).toBeLessThan(best + slack);
      }
    }
  }
}

test.each(sizes)('bounds of tiles: %i items', async (rowCount) => {
  // A code is off by at most 1/254 of the row's largest number: |x| |y − s c| < 2 · 8 / 254 for 8 numbers below 1.
  const slack = 0.1;
  const catalogue = randomCatalogue(rowCount);
  await expectBounds(catalogue, slack);
  await expectBounds(masked(catalogue), slack);
  expect(await boundsOf({ ...catalogue, pageRows: 32 })).toEqual(await boundsOf(catalogue));
});

test.each(isBrowser ? [20] : [4, 12, 16, 20, 64, 256])('bounds of tiles: rank %i', async (rank) => {
  const catalogue = randomCatalogue(70, { rank });
  // |x| and |y| are at most √rank.
  await expectBounds(catalogue, (2 * rank) / 254);
  // Rows and queries of very different size, all that codes are made of.
  const sized = {
    ...catalogue,
    itemFactors: catalogue.itemFactors.map((value, place) => value * 10 ** ((Math.floor(place / rank) % 24) - 12)),
    queries: catalogue.queries.map((value, place) => value * 10 ** (place < rank ? -6 : 6)),
  };
  await expectBounds(sized, Infinity);
});

test.each(isBrowser ? [16] : [16, 64, 256])(
  'bounds of rows that codes hold exactly, rank %i: above by roundings',
  async (rank) => {
    const catalogue = randomCatalogue(70, { rank });
    const signs = { ...catalogue, itemFactors: catalogue.itemFactors.map((value) => Math.sign(value) * 0.3) };
    await expectBounds(signs, 0.3 * rank * (rank + 32) * 1e-6);
    await expectBounds({ ...signs, queries: signs.queries.map(Math.abs) }, 0.3 * rank * (rank + 32) * 1e-6);
  },
);

test('rows and queries that bounds do not hold for are never ruled out', async () => {
  const catalogue = randomCatalogue(96, { queryCount: 1 });
  for (const wrong of [NaN, Infinity, -Infinity, 1e20]) {
    const factors = catalogue.itemFactors.slice();
    factors[40 * 8 + 3] = wrong;
    const bounds = await boundsOf({ ...catalogue, itemFactors: factors });
    expect([...bounds].map((bound) => bound === 0xffff_ffff)).toEqual([false, true, false]);
    const queries = catalogue.queries.map((value, place) => (place === 2 ? wrong : value));
    expect([...(await boundsOf({ ...catalogue, queries }))]).toEqual([0xffff_ffff, 0xffff_ffff, 0xffff_ffff]);
  }
  const queries = catalogue.queries.map((value) => value * 1e-30);
  expect([...(await boundsOf({ ...catalogue, queries }))]).toEqual([0xffff_ffff, 0xffff_ffff, 0xffff_ffff]);
});

test('scales and biases that are no numbers rule nothing out', async () => {
  const catalogue = randomCatalogue(96, { queryCount: 1 });
  for (const wrong of [NaN, Infinity, 3e38]) {
    for (const name of ['scales', 'biases'] as const) {
      const numbers = catalogue[name].slice();
      numbers[77] = wrong;
      const bounds = await boundsOf({ ...catalogue, [name]: numbers });
      expect([...bounds].map((bound) => bound === 0xffff_ffff)).toEqual([false, false, true]);
    }
  }
});

test('a tile of which every row is masked is in no list, whatever the query', async () => {
  const catalogue = randomCatalogue(96, { queryCount: 1 });
  const mask = Uint32Array.of(0, ~0, 0);
  for (const factor of [1, NaN, 1e-30]) {
    const queries = catalogue.queries.map((value) => value * factor);
    const bounds = await boundsOf({ ...catalogue, queries, mask });
    expect([...bounds].map((bound) => bound === 0)).toEqual([false, true, false]);
  }
});

test('codes that were never made rule nothing out', async () => {
  const catalogue = randomCatalogue(96, { queryCount: 1 });
  const bounds = await run(catalogue, 3, (commands, batch, { output, buffers }) => {
    const codes = { codes_page: buffers.create('no codes', 96 * 16), row_bounds: buffers.create('no bounds', 96 * 8) };
    encodeBoundTiles(commands, { ...batch, pages: batch.pages.map((page) => ({ ...page, codes })) }, output);
  });
  expect([...bounds]).toEqual([0xffff_ffff, 0xffff_ffff, 0xffff_ffff]);
});

test.each(sizes)('candidates: %i items', async (rowCount) => {
  const catalogue = masked(randomCatalogue(rowCount));
  const keys = await keysOf(catalogue);
  const tiles = tilesOf(catalogue);
  // Every third tile, then places that are not filled.
  const listed = Array.from({ length: tiles }, (_, tile) => tile).filter((tile) => tile % 3 !== 1);
  const listLength = listed.length + 2;
  const least = 77;
  const list = [
    ...listed.flatMap((tile) => [tile === listed.at(-1) ? least : 1000 + tile, tile]),
    ...[1, 2].flatMap(() => [0, 0xffff_ffff]),
  ];
  const full = list.slice(0, -4);
  for (const { pairs, hasBounds, pageRows, first } of [
    { pairs: list, hasBounds: true, pageRows: rowCount, first: 0 },
    { pairs: full, hasBounds: true, pageRows: 32, first: least },
    { pairs: full, hasBounds: false, pageRows: rowCount, first: 0 },
  ]) {
    const count = pairs.length / 2;
    const found = await run({ ...catalogue, pageRows }, 2 * candidateCount(count), (commands, batch, more) => {
      encodeScoreCandidates(commands, batch, {
        listLength: count,
        tiles: more.buffers.upload('tiles', Uint32Array.from([...pairs, ...pairs])),
        hasBounds,
        candidates: more.output,
      });
    });
    expect(count).toBeLessThanOrEqual(listLength);
    for (const query of [0, 1]) {
      const own = found.subarray(query * 2 * candidateCount(count), (query + 1) * 2 * candidateCount(count));
      expect([...own.subarray(0, 2)]).toEqual([first, 0xffff_ffff]);
      for (let place = 1; place < candidateCount(count); place++) {
        const tile = pairs[2 * Math.floor((place - 1) / 32) + 1]!;
        const row = tile * 32 + ((place - 1) % 32);
        const wanted = row < rowCount ? keys[query * rowCount + row] : 0;
        expect(own[2 * place]).toBe(wanted);
        if (wanted !== 0) expect(own[2 * place + 1]).toBe(row);
      }
    }
  }
});
