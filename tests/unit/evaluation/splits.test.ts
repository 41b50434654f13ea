import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateHoldOut, type HoldOut } from '../../../src/evaluation/hold-out.ts';
import { cellsShared, rowRange, selectRows } from '../../../src/evaluation/matrix-rows.ts';
import { metricNamed } from '../../../src/evaluation/metrics.ts';
import { trainPopularity } from '../../../src/evaluation/popularity.ts';
import { holdOutTargets, seededStrongSplit } from '../../../src/evaluation/seeded-split.ts';
import { cutTime } from '../../../src/evaluation/time-split.ts';
import { Xoshiro128 } from '../../../src/model/random.ts';
import { InvalidDataError } from '../../../src/errors.ts';
import type { CsrMatrix } from '../../../src/data/csr-matrix.ts';
import { matrixOf } from '../../support/synthetic.ts';

/** `1` for a cell, `.` for none. */
function cells(...rows: string[]): CsrMatrix {
  return matrixOf(rows.map((row) => Array.from(row, (cell) => (cell === '.' ? null : Number(cell)))));
}

function columnsOf(matrix: CsrMatrix, row: number): number[] {
  return [...matrix.columns.subarray(matrix.rowOffsets[row], matrix.rowOffsets[row + 1])];
}

describe('parts of matrices', () => {
  const matrix = cells('12..', '....', '.345', '6...');

  test('rows, in the order given, without what is refused', () => {
    expect(selectRows(matrix, [2, 1, 0])).toEqual(cells('.345', '....', '12..'));
    expect(selectRows(matrix, [2, 0], (entry) => matrix.values[entry]! % 2 === 1)).toEqual(cells('.3.5', '1...'));
    expect(selectRows(matrix, [])).toMatchObject({ rowCount: 0, columnCount: 4, rowOffsets: Uint32Array.of(0) });
  });

  test('a range of rows', () => {
    expect(rowRange(matrix, 1, 3)).toEqual(cells('....', '.345'));
    expect(rowRange(matrix, 2, 2).rowCount).toBe(0);
  });

  test('cells that another matrix has too', () => {
    expect([...cellsShared(matrix, cells('.1.1', '11..', '..1.', '....'))]).toEqual([0, 1, 0, 1, 0, 0]);
  });
});

const anyMatrix = fc
  .array(fc.uniqueArray(fc.nat(19), { maxLength: 20 }), { minLength: 1, maxLength: 12 })
  .map((rows) =>
    matrixOf(rows.map((items) => Array.from({ length: 20 }, (_, item) => (items.includes(item) ? 1 : null)))),
  );

test('nextBelow gives every number below its limit about as often', () => {
  const random = Xoshiro128.fromSeed(5);
  const counts = new Uint32Array(7);
  for (let draw = 0; draw < 7000; draw++) counts[random.nextBelow(7)]!++;
  // 1000 each; three standard deviations of a binomial are 88.
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
  expect(random.nextBelow(1)).toBe(0);
});

describe('seeded splits', () => {
  test('a share of each user, at least one, and one stays', () => {
    fc.assert(
      fc.property(anyMatrix, fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.nat(9), (matrix, heldOut, seed) => {
        const targets = holdOutTargets(matrix, { heldOut, seed });
        expect(holdOutTargets(matrix, { heldOut, seed })).toEqual(targets);
        for (let row = 0; row < matrix.rowCount; row++) {
          const own = columnsOf(matrix, row);
          const wanted = own.length < 2 ? 0 : Math.min(own.length - 1, Math.max(1, Math.round(heldOut * own.length)));
          const chosen = columnsOf(targets, row);
          expect(chosen).toHaveLength(wanted);
          expect(chosen).toEqual(own.filter((item) => chosen.includes(item)));
        }
      }),
    );
  });

  test('every item of a user is as likely, and another seed gives other targets', () => {
    const matrix = cells('1111111111');
    const counts = new Uint32Array(10);
    for (let seed = 0; seed < 2000; seed++) {
      for (const item of holdOutTargets(matrix, { heldOut: 0.3, seed }).columns) counts[item]!++;
    }
    // 600 each; four standard deviations of a binomial are 82.
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(82);
  });

  test('folds differ by one user at most, and do not follow the order of users', () => {
    const matrix = matrixOf(Array.from({ length: 23 }, () => [1, 1, 1]));
    const { folds, targets } = seededStrongSplit(matrix, { foldCount: 5, heldOut: 0.3, seed: 2 });
    const counts = [0, 1, 2, 3, 4].map((fold) => folds.filter((own) => own === fold).length);
    expect(counts.sort((left, right) => left - right)).toEqual([4, 4, 5, 5, 5]);
    expect(folds).not.toEqual(Uint32Array.from({ length: 23 }, (_, user) => user % 5));
    expect(seededStrongSplit(matrix, { foldCount: 5, heldOut: 0.3, seed: 3 }).folds).not.toEqual(folds);
    expect(targets.nonZeroCount).toBe(23);
  });
});

describe('cutTime', () => {
  const times = Float64Array.of(50, 10, 40, 20, 30);

  test.each([
    ['a share', { share: 0.6 }, 40],
    ['a share in between', { share: 0.5 }, 30],
    ['a time', { time: 25 }, 25],
    ['the last moment', { time: 50 }, 50],
  ])('%s', (_what, cut, expected) => {
    expect(cutTime(times, cut)).toBe(expected);
  });

  test('interactions of one moment are not parted', () => {
    expect(cutTime(Float64Array.of(1, 2, 2, 2, 3), { share: 0.6 })).toBe(2);
  });

  test.each([
    ['nothing before', { time: 10 }, 'leaves nothing to train on'],
    ['nothing after', { time: 51 }, 'leaves nothing to test'],
    ['all of one moment', { share: 0.5 }, 'leaves nothing to train on'],
  ])('%s', (what, cut, message) => {
    const all = what === 'all of one moment' ? Float64Array.of(7, 7) : times;
    expect(() => cutTime(all, cut)).toThrow(InvalidDataError);
    expect(() => cutTime(all, cut)).toThrow(message);
  });
});

describe('evaluateHoldOut', () => {
  const metrics = ['hit@1', 'recall@2', 'recall@4'].map(metricNamed);
  // Users: 0 ordinary; 1 has a target in training already; 2 was not in training; 3 has no targets; 4 and the item
  // that nobody has in training (the last).
  const holdOut: HoldOut = {
    training: cells('11...', '1.1..', '.....', '11.1.', '1....'),
    targets: cells('..1..', '1..1.', '1....', '.....', '.1..1'),
  };
  const trained: CsrMatrix[] = [];
  let ranked: readonly number[] = [];
  const train = async (training: CsrMatrix, users: readonly number[]) => {
    trained.push(training);
    ranked = users;
    return trainPopularity(training);
  };

  test('training items are masked, users without a part are left out, and what is left out is counted', async () => {
    const { sums, counts } = await evaluateHoldOut(holdOut, { metrics, train });
    expect(counts).toEqual({
      targets: 4,
      targetsOfUnseenItems: 1,
      usersNotInTraining: 1,
      targetsInTraining: 1,
      unseenTargetsLeftOut: 0,
    });
    // User 2 trains nothing; the others keep their order.
    expect(trained.at(-1)).toEqual(cells('11...', '1.1..', '11.1.', '1....'));
    expect(ranked).toEqual([0, 1, 3]); // user 3, now row 2, has nothing to find
    // Popularity of a–e: 4 2 1 1 0. User 0 sees c d e: c first. User 1 sees b d e: d second. User 4 sees b c d e: b
    // first, e fourth.
    expect(sums.listCount).toBe(3);
    const means = sums.means();
    expect(means['hit@1']).toBeCloseTo(2 / 3, 14);
    expect(means['recall@2']).toBeCloseTo((1 + 1 + 1 / 2) / 3, 14);
    expect(means['recall@4']).toBeCloseTo(1, 14);
  });

  test('without the unseen items', async () => {
    const { sums, counts } = await evaluateHoldOut(holdOut, { metrics, train, unseenItems: 'drop' });
    expect(counts).toMatchObject({ targets: 3, targetsOfUnseenItems: 0, unseenTargetsLeftOut: 1 });
    expect(sums.means()['recall@2']).toBeCloseTo(1, 14);
  });

  test('nobody to measure', async () => {
    const nobody = { ...holdOut, targets: cells('11...', '.....', '1....', '.....', '.....') };
    const running = evaluateHoldOut(nobody, { metrics, train });
    await expect(running).rejects.toThrow(InvalidDataError);
    await expect(running).rejects.toThrow('There is nobody to measure: 4 users have a training part');
  });

  test('aborted', async () => {
    const reason = new Error('enough');
    await expect(evaluateHoldOut(holdOut, { metrics, train, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('more users than one batch', async () => {
    const rows = Array.from({ length: 600 }, (_, user) => (user % 2 === 0 ? '1.1' : '11.'));
    const targets = rows.map((_, user) => (user % 2 === 0 ? '.1.' : '..1'));
    const many = { training: cells(...rows), targets: cells(...targets) };
    const { sums } = await evaluateHoldOut(many, { metrics, train });
    expect(sums.listCount).toBe(600);
    expect(sums.means()['hit@1']).toBe(1);
  });
});
