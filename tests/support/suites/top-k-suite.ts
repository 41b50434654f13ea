import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../../src/backends/backend.ts';
import { topRows } from '../../reference/ranking.ts';

export interface TopKSuiteOptions {
  /** Items of the large catalogues: more than one block of whatever the back end selects in. */
  readonly rowCount: number;
  /** Random catalogues to try. */
  readonly runs: number;
}

/**
 * Queries of one number: as they are, the other way round, all alike; alone, few and many at a time, which a back end may
 * rank in different ways.
 */
const batches = [[1], [1, -1, 0], [1, -1, 0, 2, -2]] as const;

/**
 * Exact top-k where selection goes wrong if it can: ties, equal leading digits, both zeros, few candidates. Every score
 * here is one product without rounding, so lists and scores must be the reference's to the bit.
 */
export function topKSuite(name: string, open: () => Promise<Backend>, options: TopKSuiteOptions): void {
  const { rowCount, runs } = options;

  describe(`${name}, top-k`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend.dispose());

    /** Item `row` scores `values[row]` times the query; `beside` is a number that no query looks at. */
    const expectExact = async (
      values: readonly number[],
      how: { ks: readonly number[]; masked?: readonly boolean[]; beside?: number },
    ): Promise<void> => {
      const { ks, masked, beside = 0 } = how;
      const mask = masked && new Uint32Array(Math.ceil(values.length / 32));
      for (const [row, isMasked] of (masked ?? []).entries()) if (isMasked) mask![row >>> 5]! |= 1 << (row & 31);
      const table = await backend.openItemTable({
        factors: 2,
        rowCount: values.length,
        itemFactors: Float32Array.from(values.flatMap((value) => [value, beside])),
        biases: new Float32Array(values.length),
        unobservedWeight: 0,
      });
      for (const [k, queries] of ks.flatMap((each) => batches.map((batch) => [each, batch] as const))) {
        const { topK } = await table.topK(Float32Array.from(queries.flatMap((query) => [query, 0])), {
          k,
          similarity: 'dot',
          ...(mask && { mask }),
        });
        for (const [query, factor] of queries.entries()) {
          const scores = Float32Array.from(values, (value) => factor * value);
          const isMasked = (row: number): boolean => masked?.[row] === true || Number.isNaN(scores[row]);
          const wanted = topRows(scores, { k, isMasked });
          const start = query * topK.k;
          expect(topK.counts[query]).toBe(wanted.length);
          expect([...topK.rows.subarray(start, start + wanted.length)]).toEqual(wanted);
          for (const [place, row] of wanted.entries()) {
            // `===`, for which the zeros are equal.
            if (!(topK.scores[start + place] === scores[row])) {
              expect.fail(`k ${k}, place ${place}: score ${topK.scores[start + place]}, wanted ${scores[row]}`);
            }
          }
        }
      }
      table.dispose();
    };

    const tiesNearBetter = (row: number): number => {
      if (row >= 192) return 0;
      return row % 32 === 0 && row < 96 ? 10 + row : 5;
    };
    const rowsOf = (value: (row: number) => number): number[] =>
      Array.from({ length: rowCount }, (_, row) => value(row));
    const ks = [1, 2, 4, 9, 129, 1000];

    test.each([
      ['all are equal', rowsOf(() => 0.5)],
      ['all differ in their last bits only', rowsOf((row) => 1 + ((row * 37) % 64) * 2 ** -23)],
      ['duplicates lie at the threshold', rowsOf((row) => (row % 400 === 7 ? 2 : 1))],
      ['zeros have both signs', rowsOf((row) => (row % 2 === 0 ? -0 : 0))],
      ['a few stand out from zeros of both signs', rowsOf((row) => [-0, 0, row % 97 === 0 ? 1 : 0][row % 3]!)],
      ['the best come last', rowsOf((row) => row)],
      ['the best come first', rowsOf((row) => -row)],
      ['sizes go from the least to the greatest', rowsOf((row) => (row % 2 ? 1 : -1) * 2 ** ((row % 253) - 126))],
      ['the last places are ties, and later ones stand near better items', rowsOf((row) => tiesNearBetter(row))],
      ['the best stand side by side', rowsOf((row) => -Math.abs(row - rowCount / 2))],
      ['one in 32 is good, the last of them', rowsOf((row) => (row % 32 === 31 ? 1 + (row % 7) : -1))],
      ['numbers lie far apart', rowsOf((row) => (row % 100 === 50 ? 2 ** 60 : ((row * 7919) % 101) * 2 ** -60))],
      ['some are no numbers, some infinite', rowsOf((row) => [NaN, 1, Infinity, -Infinity, row][(row * 7919) % 5]!)],
      ['none is a number', rowsOf(() => NaN)],
    ])('%s', async (_, values) => {
      await expectExact(values, { ks });
    });

    test('what tells rows apart is far below their largest number', async () => {
      await expectExact(
        rowsOf((row) => ((row * 7919) % 101) / 1024),
        { ks, beside: 4096 },
      );
    });

    test('fewer candidates than places, down to none', async () => {
      const values = rowsOf((row) => (row * 7919) % 101);
      for (const left of [129, 3, 1, 0]) {
        await expectExact(values, { ks: [130], masked: values.map((_, row) => row < rowCount - left) });
      }
      await expectExact([3, 1, 2], { ks: [2, 3, 4, 1000], masked: [false, true, false] });
      await expectExact([], { ks: [1] });
    });

    test.each([1, 31, 32, 33, 63, 65, 1023, 1025])('%i items', async (count) => {
      const values = Array.from({ length: count }, (_, row) => (row * 7919) % 101);
      await expectExact(values, { ks: [1, 2, 33] });
      await expectExact(values, { ks: [2], masked: values.map((_, row) => row % 32 > 0) });
    });

    test('equals a sort, whatever the scores, the mask and k', async () => {
      const score = fc.oneof(
        // Few distinct values, so that ties are the rule.
        fc.integer({ min: -3, max: 3 }),
        fc.float({ noNaN: true, noDefaultInfinity: true, min: 2 ** -126 }),
        fc.float({ noNaN: true, noDefaultInfinity: true, max: -(2 ** -126) }),
        fc.constantFrom(-0, 0),
      );
      const item = fc.record({ score, isMasked: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(fc.array(item, { maxLength: 300 }), fc.integer({ min: 1, max: 310 }), async (items, k) => {
          await expectExact(
            items.map((each) => each.score),
            { ks: [k], masked: items.map(({ isMasked }) => isMasked) },
          );
        }),
        { numRuns: runs, seed: 20_250_102 },
      );
    });
  });
}
