import { describe, expect, test } from 'vitest';
import { datasetFolder, readDatasetFolder, readStrongSplit } from '../../../src/cli/read/read-dataset-folder.ts';
import { trainEase } from '../../../src/evaluation/ease.ts';
import { metricNamed } from '../../../src/evaluation/metrics.ts';
import { trainPopularity } from '../../../src/evaluation/popularity.ts';
import { rankScores } from '../../../src/evaluation/rank-scores.ts';
import {
  evaluateStrong,
  type FoldResult,
  meanOfFolds,
  type StrongEvaluation,
  type StrongSplit,
} from '../../../src/evaluation/strong-generalization.ts';
import { interactionMatrix, type Interactions } from '../../../src/data/interactions.ts';
import { InvalidDataError } from '../../../src/errors.ts';
import { CsrMatrix } from '../../../src/data/csr-matrix.ts';

// Four users of five items; users 0 and 2 are of fold 1, users 1 and 3 of fold 0.
const interactions: Interactions = {
  itemIds: ['a', 'b', 'c', 'd', 'e'],
  userCount: 4,
  users: Uint32Array.of(0, 0, 1, 1, 2, 2, 3, 3, 3),
  items: Uint32Array.of(0, 1, 1, 2, 3, 0, 1, 2, 4),
  values: Float32Array.of(5, 4, 3, 2, 1, 0.5, 1.5, 2.5, 3.5),
};
const split = splitOf([1, 0, 1, 0], [[1], [2], [0], [1, 4]]);
const metrics = ['ndcg@10', 'ndcg@100', 'recall-capped@20', 'recall-capped@50'].map(metricNamed);

function splitOf(folds: number[], targets: number[][]): StrongSplit {
  const rows = targets.flatMap((items, user) => items.map(() => user));
  const columns = targets.flat();
  return {
    folds: Uint32Array.from(folds),
    targets: CsrMatrix.fromTriplets({
      rowCount: folds.length,
      columnCount: interactions.itemIds.length,
      rows: Uint32Array.from(rows),
      columns: Uint32Array.from(columns),
      values: new Float32Array(columns.length).fill(1),
    }),
  };
}

type Evaluation = Omit<StrongEvaluation, 'matrix' | 'metrics'> & { readonly interactions: Interactions };

async function run({ interactions, ...evaluation }: Evaluation): Promise<FoldResult[]> {
  const results: FoldResult[] = [];
  for await (const result of evaluateStrong({ metrics, matrix: interactionMatrix(interactions), ...evaluation }))
    results.push(result);
  return results;
}

describe('evaluateStrong', () => {
  test('trains on the other folds, tells the histories without targets, ranks the rest', async () => {
    const trained: CsrMatrix[] = [];
    const told: CsrMatrix[] = [];
    let disposed = 0;
    const results = await run({
      interactions,
      split,
      train: async (training) => {
        trained.push(training);
        const popularity = trainPopularity(training);
        return {
          rank: (histories, k) => {
            told.push(histories);
            return popularity.rank(histories, k);
          },
          dispose: () => void disposed++,
        };
      },
    });
    expect(trained).toEqual([
      // Fold 0 is trained on users 0 and 2, fold 1 on users 1 and 3, numbered anew, by item; all items stay.
      new CsrMatrix(2, 5, Uint32Array.of(0, 2, 4), Uint32Array.of(0, 1, 0, 3), Float32Array.of(5, 4, 0.5, 1)),
      new CsrMatrix(2, 5, Uint32Array.of(0, 2, 5), Uint32Array.of(1, 2, 1, 2, 4), Float32Array.of(3, 2, 1.5, 2.5, 3.5)),
    ]);
    expect(told).toEqual([
      new CsrMatrix(2, 5, Uint32Array.of(0, 1, 2), Uint32Array.of(1, 2), Float32Array.of(3, 2.5)),
      new CsrMatrix(2, 5, Uint32Array.of(0, 1, 2), Uint32Array.of(0, 3), Float32Array.of(5, 1)),
    ]);
    expect(disposed).toBe(2);
    expect(results.map(({ fold, sums }) => ({ fold, users: sums.listCount }))).toEqual([
      { fold: 0, users: 2 },
      { fold: 1, users: 2 },
    ]);
    // By hand. Fold 0, popularity of a–e: 2 1 0 1 0. User 1 (knows b) sees a d c e; c is third. User 3 (knows c)
    // sees a b d e; b is second, e fourth. Fold 1: 0 2 2 0 1. User 0 (knows a) sees b c e d; b is first. User 2
    // (knows d) sees b c e a; a is fourth.
    const discount = (place: number) => 1 / Math.log2(place + 1);
    const expected = [discount(3), (discount(2) + discount(4)) / (1 + discount(2)), 1, discount(4)];
    const ofFolds = results.map(({ sums }) => sums.means()['ndcg@10']);
    expect(ofFolds[0]).toBeCloseTo((expected[0]! + expected[1]!) / 2, 14);
    expect(ofFolds[1]).toBeCloseTo((expected[2]! + expected[3]!) / 2, 14);
    expect(meanOfFolds(results)['ndcg@10']).toBeCloseTo(expected.reduce((sum, value) => sum + value) / 4, 14);
  });

  test('a user without targets is trained on and never measured', async () => {
    const trained: number[] = [];
    const train = async (training: CsrMatrix) => {
      trained.push(training.rowCount);
      return trainPopularity(training);
    };
    const results = await run({ interactions, split: splitOf([1, 0, 1, 0], [[1], [], [0], [1, 4]]), train });
    expect(trained).toEqual([2, 2]);
    expect(results.map(({ sums }) => sums.listCount)).toEqual([1, 2]);
  });

  test('only the folds asked for', async () => {
    const train = async (training: CsrMatrix) => trainPopularity(training);
    expect((await run({ interactions, split, train, folds: [1] })).map(({ fold }) => fold)).toEqual([1]);
    await expect(run({ interactions, split, train, folds: [2] })).rejects.toThrow(
      'The split has no fold 2; its folds are 0, 1',
    );
  });

  test.each([
    [
      'a split of fewer users',
      splitOf([0, 1, 0], [[2], [0], [1, 4]]),
      'The split is of 3 users, the interactions of 4',
    ],
    [
      'a target that is no entry',
      splitOf([1, 0, 1, 0], [[4], [2], [0], [1, 4]]),
      '1 targets for user row 0, of which 0',
    ],
  ])('%s is refused', async (_what, wrong, message) => {
    const running = run({ interactions, split: wrong, train: async (training) => trainPopularity(training) });
    await expect(running).rejects.toThrow(InvalidDataError);
    await expect(running).rejects.toThrow(message);
  });

  test('a ranker that shows the history is found out', async () => {
    const train = async () => ({
      rank: async ({ rowCount }: CsrMatrix) => ({
        k: 1,
        counts: new Uint32Array(rowCount).fill(1),
        rows: new Uint32Array(rowCount).fill(1),
      }),
    });
    await expect(run({ interactions, split, train })).rejects.toThrow('Internal: the ranker returned item row 1');
  });

  test('abort between folds', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const finished: number[] = [];
    const running = (async () => {
      const train = async (training: CsrMatrix) => trainPopularity(training);
      for await (const { fold } of evaluateStrong({
        matrix: interactionMatrix(interactions),
        split,
        metrics,
        train,
        signal: controller.signal,
      })) {
        finished.push(fold);
        controller.abort(reason);
      }
    })();
    await expect(running).rejects.toBe(reason);
    expect(finished).toEqual([0]);
  });
});

test('rankScores: best first, ties to the lower row, without the history, no more than there are', async () => {
  const histories = new CsrMatrix(2, 4, Uint32Array.of(0, 1, 1), Uint32Array.of(2), Float32Array.of(1));
  const scores = [Float64Array.of(1, 3, 9, 3), Float64Array.of(-1, -2, -1, 0)];
  const { counts, rows } = rankScores(histories, { k: 4, scoresOf: (row) => scores[row]! });
  expect([...counts]).toEqual([3, 4]);
  expect([...rows]).toEqual([1, 3, 0, 0, 3, 0, 2, 1]);
});

describe('EASE', () => {
  test('equals its definition, P = (XᵀX + λI)⁻¹ over the items', async () => {
    const lambda = 1.5;
    const itemCount = interactions.itemIds.length;
    const gram = Array.from({ length: itemCount }, (_, row) =>
      Array.from({ length: itemCount }, (_, column) => (row === column ? lambda : 0)),
    );
    for (let user = 0; user < interactions.userCount; user++) {
      const items = [...interactions.items].filter((_, entry) => interactions.users[entry] === user);
      for (const row of items) for (const column of items) gram[row]![column]!++;
    }
    const inverse = invert(gram);
    const histories = new CsrMatrix(
      2,
      5,
      Uint32Array.of(0, 2, 3),
      Uint32Array.of(1, 4, 0),
      new Float32Array(3).fill(1),
    );
    const expected = rankScores(histories, {
      k: 5,
      scoresOf: (row) => {
        const history = [...histories.columns.subarray(histories.rowOffsets[row], histories.rowOffsets[row + 1])];
        return Float64Array.from({ length: itemCount }, (_, item) =>
          history.reduce((sum, seen) => sum - (seen === item ? 0 : inverse[seen]![item]! / inverse[item]![item]!), 0),
        );
      },
    });
    expect(await trainEase(interactionMatrix(interactions), { lambda }).rank(histories, 5)).toEqual(expected);
    expect(expected.rows[0]).toBe(2); // b and e stand with c twice and once: no tie decides the first place
  });

  test.each([0, -1, Number.NaN])('λ = %d is refused', (lambda) => {
    expect(() => trainEase(interactionMatrix(interactions), { lambda })).toThrow('lambda must be above 0');
  });
});

test('popularity on MovieLens small is the published referee, to the fourth digit', async () => {
  const dataset = await readDatasetFolder(datasetFolder);
  const results = await run({
    interactions: dataset.interactions,
    split: await readStrongSplit(datasetFolder, dataset),
    train: async (training) => trainPopularity(training),
  });
  const mean = meanOfFolds(results);
  expect(results.reduce((sum, { sums }) => sum + sums.listCount, 0)).toBe(671);
  expect(Object.entries(mean).map(([name, value]) => [name, value.toFixed(4)])).toEqual([
    ['ndcg@10', '0.1731'],
    ['ndcg@100', '0.2096'],
    ['recall-capped@20', '0.1657'],
    ['recall-capped@50', '0.2138'],
  ]);
});

/** Gauss-Jordan without pivoting, which a positive definite matrix does not need. */
function invert(matrix: readonly number[][]): number[][] {
  const rows = matrix.map((row, index) => [...row, ...row.map((_, column) => (column === index ? 1 : 0))]);
  for (const [pivot, pivotRow] of rows.entries()) {
    const scale = pivotRow[pivot]!;
    for (const column of pivotRow.keys()) pivotRow[column]! /= scale;
    for (const row of rows) {
      if (row === pivotRow) continue;
      const factor = row[pivot]!;
      for (const column of row.keys()) row[column]! -= factor * pivotRow[column]!;
    }
  }
  return rows.map((row) => row.slice(matrix.length));
}
