import { expect, test } from 'vitest';
import { encodeBoundTiles } from '../../../../src/shaders/rank/bound-tiles.ts';
import { scoresOfKeys } from '../../../../src/shaders/rank/score-items.ts';
import { scoresOf } from '../../../reference/ranking.ts';
import {
  type Catalogue,
  masked,
  queryCountOf,
  randomCatalogue,
  run,
  sizes,
  tilesOf,
} from '../../../support/shaders/ranked-catalogue.ts';

const boundsOf = (catalogue: Catalogue): Promise<Uint32Array> =>
  run(catalogue, tilesOf(catalogue), (commands, batch, { output }) => encodeBoundTiles(commands, batch, output));

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

test.each([4, 12, 16, 20, 64, 256])('bounds of tiles: rank %i', async (rank) => {
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

test.each([16, 64, 256])('bounds of rows that codes hold exactly, rank %i: above by roundings', async (rank) => {
  const catalogue = randomCatalogue(70, { rank });
  const signs = { ...catalogue, itemFactors: catalogue.itemFactors.map((value) => Math.sign(value) * 0.3) };
  await expectBounds(signs, 0.3 * rank * (rank + 32) * 1e-6);
  await expectBounds({ ...signs, queries: signs.queries.map(Math.abs) }, 0.3 * rank * (rank + 32) * 1e-6);
});

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
