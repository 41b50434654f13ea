import { describe, expect, test } from 'vitest';
import { DeviceLostError, GpuUnavailableError } from '../../../src/errors.ts';
import { fakeGpu } from '../../support/fake-gpu.ts';
import { filmWorld, reportsOf, trainerOf, trainModel } from '../../support/film-world.ts';

const world = filmWorld();
const small = { factors: 4, epochs: 4 };

describe('factors stay where they are computed', () => {
  test('they come back after the first epoch and at the end, and in between when somebody asks', async () => {
    const gpu = fakeGpu();
    const trainer = trainerOf(world, small);
    const readBacks: number[] = [];
    for await (const { epoch } of trainer.run({ backend: gpu, checkpointMs: Infinity })) {
      expect(trainer.summary).toMatchObject({ epochs: epoch, factors: 4, itemCount: 40 });
      readBacks.push(gpu.readBacks);
      if (epoch !== 3) continue;
      const [one, two] = await Promise.all([trainer.model(), trainer.model()]);
      expect(two).toBe(one);
      expect(one!.itemFactors).toEqual((await trainModel(world, { ...small, epochs: 3 })).itemFactors);
    }
    expect(readBacks).toEqual([1, 1, 1, 3]);
    expect(gpu.readBacks).toBe(3);
    expect((await trainer.model())!.epochs).toBe(4);
    expect(gpu.readBacks).toBe(3);
  });

  test('every checkpointMs, however often nobody asks', async () => {
    const gpu = fakeGpu();
    await reportsOf(trainerOf(world, small), { backend: gpu, checkpointMs: 0 });
    expect(gpu.readBacks).toBe(4);
  });

  test('in the middle of an epoch the last one that came back answers at once', async () => {
    const gpu = fakeGpu({ delayMs: 5 });
    const trainer = trainerOf(world, small);
    const epochs = trainer.run({ backend: gpu, checkpointMs: Infinity });
    for (let epoch = 1; epoch <= 2; epoch++) await epochs.next();
    const third = epochs.next();
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(trainer.summary!.epochs).toBe(1);
    expect((await trainer.model())!.epochs).toBe(1);
    expect((await third).value!.epoch).toBe(3);
    expect((await trainer.model())!.epochs).toBe(3);
    await epochs.return();
  });

  test('aborted while the checkpoint is old: the epoch under way is finished and reported, and its model stays', async () => {
    const abort = new AbortController();
    const trainer = trainerOf(world, small);
    const epochs = trainer.run({ backend: fakeGpu({ delayMs: 5 }), signal: abort.signal, checkpointMs: Infinity });
    for (let epoch = 1; epoch <= 2; epoch++) await epochs.next();
    const third = epochs.next();
    await new Promise((resolve) => setTimeout(resolve, 1));
    abort.abort(new Error('enough'));
    expect((await third).value).toMatchObject({ epoch: 3 });
    await expect(epochs.next()).rejects.toThrow('enough');
    const model = (await trainer.model())!;
    expect(model.epochs).toBe(3);
    expect(model.itemFactors).toEqual((await trainModel(world, { ...small, epochs: 3 })).itemFactors);
  });
});

describe('a lost device', () => {
  // Operations are solves: the third is the first one of epoch 2, the fourth the second one.
  for (const lossStyle of ['reject', 'hang'] as const) {
    for (const loseAt of [1, 3, 4]) {
      test(`at solve ${loseAt} (${lossStyle}): the CPU goes on, the same model comes out`, async () => {
        const trainer = trainerOf(world, small);
        const reports = await reportsOf(trainer, { backend: fakeGpu({ loseAt, lossStyle }), checkpointMs: 0 });
        const epochOfLoss = Math.ceil(loseAt / 2);
        expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
        expect(reports[epochOfLoss - 1]!.notice).toMatch(
          new RegExp(`GPU device lost .*continued on the CPU from epoch ${epochOfLoss - 1}`),
        );
        expect(reports.filter(({ notice }) => notice !== null).length).toBe(1);
        expect(reports.at(-1)!.backend).toBe('cpu');
        expect((await trainer.model())!.itemFactors).toEqual((await trainModel(world, small)).itemFactors);
      });
    }
  }

  test('epochs after the checkpoint are trained again, and reported once', async () => {
    const gpu = fakeGpu({ loseAt: 6 });
    const trainer = trainerOf(world, small);
    const reports = await reportsOf(trainer, { backend: gpu, checkpointMs: Infinity });
    expect(reports.map(({ epoch, backend }) => [epoch, backend])).toEqual([
      [1, 'webgpu'],
      [2, 'webgpu'],
      [3, 'cpu'],
      [4, 'cpu'],
    ]);
    expect(reports[2]!.notice).toMatch(/continued on the CPU from epoch 1\./);
    expect(gpu.readBacks).toBe(1);
    expect((await trainer.model())!.itemFactors).toEqual((await trainModel(world, small)).itemFactors);
  });

  test('without anything to go on with, the loss is the error, and the checkpoint stays', async () => {
    const trainer = trainerOf(world, small);
    const options = { backend: fakeGpu({ loseAt: 3 }), fallback: undefined };
    await expect(reportsOf(trainer, options)).rejects.toThrow(DeviceLostError);
    expect((await trainer.model())!.epochs).toBe(1);
  });

  // Read 1 follows the first epoch, the last one the last epoch; with checkpointMs 0 each epoch has one.
  test.each([
    [1, 1, 1000],
    [4, 3, 0],
    [4, 4, 0],
    [4, 2, Infinity],
  ])(
    '%i epochs, lost at read %i, checkpointMs %d: each epoch once, the same model',
    async (epochs, loseAtRead, checkpointMs) => {
      const trainer = trainerOf(world, { ...small, epochs });
      const reports = await reportsOf(trainer, { backend: fakeGpu({ loseAtRead }), checkpointMs });
      expect(reports.map(({ epoch }) => epoch)).toEqual(Array.from({ length: epochs }, (_, place) => place + 1));
      expect(reports.filter(({ notice }) => notice !== null)).toHaveLength(1);
      const model = (await trainer.model())!;
      expect(model.epochs).toBe(epochs);
      expect(model.itemFactors).toEqual((await trainModel(world, { ...small, epochs })).itemFactors);
    },
  );

  test('an abort counts while epochs are repeated', async () => {
    const abort = new AbortController();
    const fallback = fakeGpu({
      onOperation: (count) => {
        if (count === 3) abort.abort(new Error('enough'));
      },
    });
    const trainer = trainerOf(world, { ...small, epochs: 50 });
    const running = reportsOf(trainer, {
      backend: fakeGpu({ loseAt: 41 }),
      fallback,
      signal: abort.signal,
      checkpointMs: Infinity,
    });
    await expect(running).rejects.toThrow('enough');
    expect(fallback.operations).toBe(3);
    expect((await trainer.model())!.epochs).toBe(1);
  });

  test('a new device is tried once, and the second loss goes to the CPU', async () => {
    const asked: string[] = [];
    const trainer = trainerOf(world, small);
    const reports = await reportsOf(trainer, {
      backend: fakeGpu({ loseAt: 3 }),
      reopen: (lost, reason) => {
        asked.push(`${lost.info.kind}: ${reason}`);
        return Promise.resolve(fakeGpu({ loseAt: 3 }));
      },
    });
    expect(asked).toEqual(['webgpu: destroyed in a test']);
    expect(reports.map(({ backend }) => backend)).toEqual(['webgpu', 'webgpu', 'cpu', 'cpu']);
    expect(reports[1]!.notice).toMatch(/continued on a new device/);
    expect(reports[2]!.notice).toMatch(/continued on the CPU/);
    expect((await trainer.model())!.itemFactors).toEqual((await trainModel(world, small)).itemFactors);
  });

  test('where no new device opens the CPU goes on', async () => {
    const reports = await reportsOf(trainerOf(world, small), {
      backend: fakeGpu({ loseAt: 1 }),
      reopen: () => Promise.reject(new GpuUnavailableError('none')),
    });
    expect(reports[0]).toMatchObject({ backend: 'cpu', epoch: 1 });
  });

  test('a GPU that answers NaN is left, and the notice says so', async () => {
    const trainer = trainerOf(world, small);
    const reports = await reportsOf(trainer, { backend: fakeGpu({ fault: 'nan' }) });
    expect(reports[0]!.notice).toMatch(/not finite; continued on the CPU from epoch 0/);
    expect((await trainer.model())!.itemFactors).toEqual((await trainModel(world, small)).itemFactors);
  });
});
