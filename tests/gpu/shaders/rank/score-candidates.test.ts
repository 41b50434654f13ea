import { expect, test } from 'vitest';
import { candidateCount, encodeScoreCandidates } from '../../../../src/shaders/rank/score-candidates.ts';
import { keysOf, masked, randomCatalogue, run, sizes, tilesOf } from '../../../support/shaders/ranked-catalogue.ts';

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
