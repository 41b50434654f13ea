import { expect, test } from 'vitest';
import { encodeEmbeddingBag } from '../../../../src/shaders/rows/embedding-bag.ts';
import { referenceEmbeddingBag } from '../../../reference/embedding.ts';
import { randomNumbers } from '../../../support/synthetic.ts';
import {
  computed,
  counts,
  type PageOptions,
  pagesOf,
  randomTable as table,
  rowsOf,
  type Table,
} from '../../../support/shaders/table-pages.ts';

interface Bags {
  readonly offsets: Uint32Array;
  readonly rows: Uint32Array;
  readonly weights: Float32Array;
  readonly mode: 'sum' | 'mean';
}

function bag(table: Table, bags: Bags, { pageRows, limits }: PageOptions = {}): Promise<number[]> {
  const bagCount = bags.offsets.length - 1;
  return computed(
    bagCount * table.rank,
    (commands, buffers, output) =>
      encodeEmbeddingBag(commands, {
        offsets: buffers.upload('offsets', bags.offsets),
        rows: buffers.upload('rows', bags.rows),
        weights: buffers.upload('weights', bags.weights),
        bagCount,
        mode: bags.mode,
        rankVectors: table.rank / 4,
        pages: pagesOf(buffers, table, pageRows),
        output,
      }),
    limits,
  );
}

const { rank } = table;

function bagsOf(bagCount: number, mode: Bags['mode']): Bags {
  const lengths = Array.from({ length: bagCount }, (_, number) => (number % 5 === 3 ? 0 : (number * 7) % 23));
  const offsets = Uint32Array.from([0, ...lengths]);
  for (let number = 1; number < offsets.length; number++) offsets[number]! += offsets[number - 1]!;
  const rows = rowsOf(offsets.at(-1)!, 9);
  // Weights in 0.5 … 1.5, so that a mean's divisor is not near 0 by accident.
  const weights = randomNumbers(rows.length, { seed: 4, scale: 0.5 }).map((weight) => weight + 1);
  return { offsets, rows, weights, mode };
}

/** Up to 22 products below 1.5 in single precision: 22 × 1.5 × 2⁻²⁴ × 22 at worst. */
const tolerance = 5e-5;

function expectNear(actual: readonly number[], expected: readonly number[], within = tolerance): void {
  expect(actual).toHaveLength(expected.length);
  for (const [place, value] of expected.entries()) {
    expect(Math.abs(actual[place]! - value), `place ${place}`).toBeLessThanOrEqual(within);
  }
}

test.each(counts)('sums and means of %i bags', async (bagCount) => {
  for (const mode of ['sum', 'mean'] as const) {
    const bags = bagsOf(bagCount, mode);
    const expected = referenceEmbeddingBag(table.factors, rank, bags);
    expectNear(await bag(table, bags), expected);
    expectNear(await bag(table, bags, { pageRows: 64 }), expected);
    expect(await bag(table, bags)).toEqual(await bag(table, bags));
  }
});

test('bags by hand: weights, an empty bag, weights that cancel', async () => {
  const small = { rank: 4, factors: Float32Array.of(1, 10, 100, 0, 2, 20, 200, 0, 4, 40, 400, 0) };
  const bags = {
    offsets: Uint32Array.of(0, 2, 2, 4, 5),
    rows: Uint32Array.of(0, 2, 1, 1, 1),
    weights: Float32Array.of(1, 3, 2, -2, -0.5),
  };
  const zeros = [0, 0, 0, 0];
  const sums = [13, 130, 1300, 0, ...zeros, ...zeros, -1, -10, -100, 0];
  const means = [3.25, 32.5, 325, 0, ...zeros, ...zeros, 2, 20, 200, 0];
  for (const pageRows of [Infinity, 1]) {
    // Dividing may round; the numbers themselves are exact in single precision.
    expectNear(await bag(small, { ...bags, mode: 'sum' }, { pageRows }), sums, 0);
    expectNear(await bag(small, { ...bags, mode: 'mean' }, { pageRows }), means, 325 * 2 ** -22);
  }
});

test('a bag of 100,000 entries, with few workgroups a dimension', async () => {
  const rows = rowsOf(100_000, 2);
  const bags = { offsets: Uint32Array.of(0, rows.length), rows, weights: new Float32Array(rows.length).fill(1) };
  const expected = referenceEmbeddingBag(table.factors, rank, { ...bags, mode: 'mean' });
  const limits = { maxComputeWorkgroupsPerDimension: 1 };
  // The mean of 100,000 numbers below 1, whose running sum stays below 1,000 and rounds by 2⁻¹⁵ each time at worst.
  expectNear(await bag(table, { ...bags, mode: 'mean' }, { limits }), expected, 1e-5);
});
