import fc from 'fast-check';
import { expect, test } from 'vitest';
import { selectTopK } from '../../../src/backends/top-k.ts';
import { isMasked } from '../../../src/backends/item-mask.ts';
import { topRows } from '../../reference/ranking.ts';

test('any scores, any mask, any k: what sorting gives, ties to the lower row', () => {
  fc.assert(
    fc.property(
      // Few distinct values, so that ties are the rule.
      fc.array(fc.record({ score: fc.integer({ min: -3, max: 3 }), isOut: fc.boolean() }), { maxLength: 80 }),
      fc.integer({ min: 0, max: 90 }),
      (items, wanted) => {
        const k = Math.min(wanted, items.length);
        const mask = new Uint32Array(Math.ceil(items.length / 32));
        for (const [row, { isOut }] of items.entries()) if (isOut) mask[row >>> 5]! |= 1 << (row & 31);
        const scores = Float32Array.from(items, ({ score }) => score);
        const target = { rows: new Uint32Array(k), scores: new Float32Array(k).fill(Number.NaN) };
        const count = selectTopK(scores, mask, target);
        const expected = topRows(scores, { k, isMasked: (row) => items[row]!.isOut });
        expect([...target.rows.subarray(0, count)]).toEqual(expected);
        expect([...target.scores.subarray(0, count)]).toEqual(expected.map((row) => scores[row]));
      },
    ),
    { seed: 4, numRuns: 300 },
  );
});

test('a mask is read by its bits, the highest of a word too', () => {
  const mask = Uint32Array.of(0x8000_0000, 1);
  expect([30, 31, 32, 33].map((row) => isMasked(mask, row))).toEqual([false, true, true, false]);
});
