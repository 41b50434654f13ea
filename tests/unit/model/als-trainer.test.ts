import { describe, expect, test } from 'vitest';
import { AlsTrainer, type EpochReport } from '../../../src/model/als-trainer.ts';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { interactionMatrix, type Interactions } from '../../../src/data/interactions.ts';
import { InvalidDataError, InvalidOptionError } from '../../../src/errors.ts';
import { fakeGpu } from '../../support/fake-gpu.ts';
import { filmWorld, prefer, reportsOf, trainerOf, trainModel } from '../../support/film-world.ts';

const world = filmWorld();
const small = { factors: 4, epochs: 4 };

function interactionsOf(
  cells: readonly [number, number, number][],
  shape: { users: number; items: number },
): Interactions {
  return {
    itemIds: Array.from({ length: shape.items }, (_, row) => `item-${row}`),
    userCount: shape.users,
    users: Uint32Array.from(cells, ([user]) => user),
    items: Uint32Array.from(cells, ([, item]) => item),
    values: Float32Array.from(cells, ([, , value]) => value),
  };
}

describe('epochs', () => {
  test('one report each, the loss falling, the model new and usable after each', async () => {
    const trainer = trainerOf(world, { ...small, name: 'films', seed: 5 });
    expect(await trainer.model()).toBeNull();
    const models = new Set();
    const reports: EpochReport[] = [];
    for await (const report of trainer.run({ backend: createCpuBackend() })) {
      reports.push(report);
      models.add(await trainer.model());
      expect((await trainer.model())!.epochs).toBe(report.epoch);
    }
    expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(models.size).toBe(4);
    for (const [place, report] of reports.entries()) {
      expect(report).toMatchObject({ epochs: 4, backend: 'cpu', notice: null });
      expect(report.elapsedMs).toBeGreaterThanOrEqual(0);
      if (place > 0) expect(report.loss).toBeLessThanOrEqual(reports[place - 1]!.loss);
    }
    expect((await trainer.model())!.summary).toEqual({
      name: 'films',
      objective: 'implicit',
      factors: 4,
      itemCount: 40,
      userCount: 60,
      epochs: 4,
      includesHistory: false,
    });
  });

  test('same seed, same model; another seed, another', async () => {
    const first = await trainModel(world, { ...small, seed: 9 });
    const second = await trainModel(world, { ...small, seed: 9 });
    const other = await trainModel(world, { ...small, seed: 10 });
    expect(second.itemFactors).toEqual(first.itemFactors);
    expect(other.itemFactors).not.toEqual(first.itemFactors);
  });

  test.each([
    { solver: 'cholesky' },
    { solver: 'cg' },
    { solver: 'ew-pcg' },
    { regularization: 0.1 },
    { unobservedWeight: 0.2 },
    { alpha: 3 },
    { exponent: 0 },
    { factors: 5 },
    { epochs: 2 },
    { objective: 'explicit' },
    { feedback: 'stars' },
    { feedback: 'strength' },
  ] as const)('%j changes the model', async (option) => {
    const stars = filmWorld('stars');
    const plain = await trainModel(stars, small);
    const changed = await trainModel(stars, { ...small, ...option });
    expect(changed.itemFactors).not.toEqual(plain.itemFactors);
  });

  test.each(['cg', 'ew-pcg', 'auto'] as const)('cgSteps changes the model of %s', async (solver) => {
    // Weights of 30 leave a first step far from its end.
    const heavy = { ...small, alpha: 30, solver };
    const one = await trainModel(world, { ...heavy, cgSteps: 1 });
    const two = await trainModel(world, { ...heavy, cgSteps: 2 });
    expect(two.itemFactors).not.toEqual(one.itemFactors);
  });

  test('empty users and items, one user, one item: their factors are zero or sound', async () => {
    const sparse = interactionsOf(
      [
        [0, 0, 1],
        [2, 2, 1],
      ],
      { users: 3, items: 4 },
    );
    const model = await trainModel(sparse, small);
    expect([...model.itemFactors.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
    expect([...model.itemCounts]).toEqual([1, 0, 1, 0]);
    const one = await trainModel(interactionsOf([[0, 0, 1]], { users: 1, items: 1 }), small);
    expect([...one.itemFactors].every(Number.isFinite)).toBe(true);
  });

  test('explicit: biases and counts are in the model', async () => {
    const model = await trainModel(filmWorld('stars'), { ...small, objective: 'explicit' });
    expect(model.globalMean).toBeGreaterThan(3);
    expect(model.itemBiases.some((bias) => bias !== 0)).toBe(true);
    expect(model.settings.objective).toBe('explicit');
  });

  test('dislikes are not counted as popularity', async () => {
    const model = await trainModel(
      interactionsOf(
        [
          [0, 0, 1],
          [1, 0, -1],
          [1, 1, 1],
        ],
        { users: 2, items: 2 },
      ),
      {
        ...small,
        feedback: 'strength',
      },
    );
    expect([...model.itemCounts]).toEqual([1, 1]);
  });
});

describe('the visitor as one more row', () => {
  test('changes the model, is marked in it, and is not counted as popularity', async () => {
    const history = [prefer('war-0'), prefer('love-3', { strength: -1 }), prefer('not in the catalogue')];
    const trainer = trainerOf(world, { ...small, history });
    await reportsOf(trainer);
    const plain = await trainModel(world, small);
    expect((await trainer.model())!.includesHistory).toBe(true);
    expect((await trainer.model())!.userCount).toBe(61);
    expect((await trainer.model())!.itemFactors).not.toEqual(plain.itemFactors);
    expect((await trainer.model())!.itemCounts).toEqual(plain.itemCounts);
  });

  test('a history that says nothing adds no row', async () => {
    const trainer = trainerOf(world, { ...small, history: [prefer('war-0', { strength: 0 })] });
    await reportsOf(trainer);
    expect((await trainer.model())!.includesHistory).toBe(false);
    expect((await trainer.model())!.userCount).toBe(60);
  });
});

describe('bad input', () => {
  test('nothing to train on', () => {
    expect(() => trainerOf(interactionsOf([], { users: 2, items: 2 }))).toThrow(InvalidDataError);
    expect(() => trainerOf(interactionsOf([], { users: 0, items: 0 }))).toThrow(/nothing to train on/);
    const silent = interactionsOf([[0, 0, 0]], { users: 1, items: 1 });
    expect(() => trainerOf(silent, { feedback: 'strength' })).toThrow(/nothing to train on/);
  });

  test('rows outside the counts, with and without a history', () => {
    const badUser = interactionsOf([[2, 0, 1]], { users: 2, items: 2 });
    expect(() => trainerOf(badUser)).toThrow(/row 2.*outside 2 × 2/);
    expect(() => trainerOf(badUser, { history: [prefer('item-0')] })).toThrow(/row 2.*outside 2 × 2/);
    expect(() => trainerOf(interactionsOf([[0, 2, 1]], { users: 2, items: 2 }))).toThrow(InvalidDataError);
    expect(() => trainerOf({ ...world, userCount: 1.5 })).toThrow(/userCount/);
  });

  test('values that are no number, stars out of range, ids twice', () => {
    expect(() => trainerOf(interactionsOf([[0, 0, Number.NaN]], { users: 1, items: 1 }))).toThrow(/finite number/);
    const stars = interactionsOf([[0, 0, 7]], { users: 1, items: 1 });
    expect(() => trainerOf(stars, { objective: 'explicit' })).toThrow(/0\.5 to 5, got 7/);
    expect(() => trainerOf({ ...world, itemIds: world.itemIds.map(() => 'same') })).toThrow(/stands twice/);
  });

  test('item ids that are not one a column', () => {
    const matrix = interactionMatrix(world);
    expect(() => new AlsTrainer(matrix, { itemIds: ['war-0'] })).toThrow(InvalidDataError);
    expect(() => new AlsTrainer(matrix, { itemIds: ['war-0'] })).toThrow('1 item ids for 40 columns');
  });

  test('bad options, bad preferences', () => {
    expect(() => trainerOf(world, { factors: 0 })).toThrow(InvalidOptionError);
    expect(() => trainerOf(world, { history: [prefer('war-0', { strength: 2 })] })).toThrow(/strength must be/);
    expect(() => trainerOf(world, { history: [prefer('war-0', { stars: 9 })] })).toThrow(/stars must be/);
  });

  test('numbers that leave their range are an error with advice, not a model', async () => {
    const huge = interactionsOf(
      [
        [0, 0, 1e38],
        [0, 1, 1e38],
      ],
      { users: 1, items: 2 },
    );
    const trainer = trainerOf(huge, { feedback: 'strength', alpha: 1e6, regularization: 0, factors: 2 });
    await expect(reportsOf(trainer)).rejects.toThrow(/Raise regularization/);
    expect(await trainer.model()).toBeNull();
  });
});

describe('aborting', () => {
  test('before the start, and between epochs: the reason is thrown, the last model stays', async () => {
    const reason = new Error('enough');
    await expect(reportsOf(trainerOf(world, small), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const abort = new AbortController();
    const trainer = trainerOf(world, small);
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      for await (const report of trainer.run({ backend: createCpuBackend(), signal: abort.signal })) {
        seen.push(report.epoch);
        if (report.epoch === 2) abort.abort(reason);
      }
    };
    await expect(run()).rejects.toBe(reason);
    expect(seen).toEqual([1, 2]);
    expect((await trainer.model())!.epochs).toBe(2);
  });

  test('in the middle of an epoch: the epoch does not count', async () => {
    const abort = new AbortController();
    const gpu = fakeGpu({ delayMs: 5 });
    const trainer = trainerOf(world, small);
    const running = reportsOf(trainer, { backend: gpu, signal: abort.signal });
    await new Promise((resolve) => setTimeout(resolve, 1));
    abort.abort(new DOMException('stopped', 'AbortError'));
    await expect(running).rejects.toThrow('stopped');
    expect(await trainer.model()).toBeNull();
  });

  test('leaving the loop frees the run, and a second run goes on where it stopped', async () => {
    const trainer = trainerOf(world, small);
    for await (const report of trainer.run({ backend: createCpuBackend() })) if (report.epoch === 2) break;
    const rest = await reportsOf(trainer);
    expect(rest.map(({ epoch }) => epoch)).toEqual([3, 4]);
    expect((await trainer.model())!.itemFactors).toEqual((await trainModel(world, small)).itemFactors);
  });
});
