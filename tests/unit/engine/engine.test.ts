import { describe, expect, test } from 'vitest';
import type { Backend } from '../../../src/backends/backend.ts';
import type { BackendMode } from '../../../src/engine/choose-backend.ts';
import { packageVersion } from '../../../src/engine/version.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { writeModel } from '../../../src/model/model-files.ts';
import type { EpochReport } from '../../../src/model/als-trainer.ts';
import {
  DisposedError,
  EmptyResultError,
  GpuLimitError,
  GpuUnavailableError,
  InvalidDataError,
  InvalidOptionError,
  NoModelError,
} from '../../../src/errors.ts';
import { fakeGpu, type FakeGpu, type FakeGpuOptions } from '../../support/fake-gpu.ts';
import { filmWorld, prefer, trainModel } from '../../support/film-world.ts';

const world = filmWorld();
const small = { factors: 4, epochs: 3 };
const history = [prefer('war-2'), prefer('love-1', { strength: -0.5 })];

function engineOn(backend: BackendMode, gpu: FakeGpuOptions = {}): { engine: Engine; opened: FakeGpu[] } {
  const opened: FakeGpu[] = [];
  const openWebGpu = (): Promise<Backend> => {
    // Only the first device fails as told; a reopened one is sound.
    const device = fakeGpu(opened.length === 0 ? gpu : {});
    opened.push(device);
    return Promise.resolve(device);
  };
  return { engine: new Engine({ backend, openWebGpu }), opened };
}

async function collect(epochs: AsyncIterable<EpochReport>): Promise<EpochReport[]> {
  const reports: EpochReport[] = [];
  for await (const report of epochs) reports.push(report);
  return reports;
}

describe('fit', () => {
  test('the model answers after each epoch, while the fit goes on', async () => {
    const { engine } = engineOn('cpu');
    expect(await engine.model()).toBeNull();
    const epochs: number[] = [];
    for await (const { epoch } of engine.fit(world, small)) {
      expect(engine.isFitting).toBe(true);
      expect((await engine.model())!.epochs).toBe(epoch);
      expect((await engine.recommend(history)).items.length).toBe(10);
      epochs.push(epoch);
    }
    expect(epochs).toEqual([1, 2, 3]);
    expect(engine.isFitting).toBe(false);
    expect((await engine.model())!.itemFactors).toEqual((await trainModel(world, small)).itemFactors);
  });

  test('the history is one more row, and the model says so', async () => {
    const { engine } = engineOn('cpu');
    await collect(engine.fit(world, { ...small, history }));
    expect(engine.diagnostics().model).toMatchObject({ includesHistory: true, userCount: 61 });
    await collect(engine.fit(world, { ...small, history: null }));
    expect(engine.diagnostics().model).toMatchObject({ includesHistory: false, userCount: 60 });
  });

  test('aborted: the reason, and a usable model of the last finished epoch', async () => {
    const { engine } = engineOn('cpu');
    const abort = new AbortController();
    const reason = new Error('enough');
    await expect(
      (async () => {
        for await (const { epoch } of engine.fit(world, { ...small, signal: abort.signal })) {
          if (epoch === 1) abort.abort(reason);
        }
      })(),
    ).rejects.toBe(reason);
    expect(engine.isFitting).toBe(false);
    expect((await engine.model())!.epochs).toBe(1);
    expect((await engine.recommend(history)).items.length).toBe(10);
    await expect(collect(engine.fit(world, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    expect((await collect(engine.fit(world, small))).length).toBe(3);
  });

  test('a fit that cannot start leaves the model that was there', async () => {
    const { engine } = engineOn('cpu');
    await collect(engine.fit(world, small));
    await expect(collect(engine.fit(world, { factors: 1000 }))).rejects.toThrow(InvalidOptionError);
    await expect(collect(engine.fit({ ...world, userCount: 1 }))).rejects.toThrow(InvalidDataError);
    expect(engine.isFitting).toBe(false);
    expect((await engine.model())!.factors).toBe(4);
  });

  test('one fit at a time, and no load meanwhile', async () => {
    const { engine } = engineOn('cpu');
    const files = await writeModel(await trainModel(world, small));
    const first = engine.fit(world, small);
    await first.next();
    await expect(engine.fit(world, small).next()).rejects.toThrow(/under way already/);
    await expect(engine.load(files)).rejects.toThrow(/under way/);
    await first.return();
    expect(engine.isFitting).toBe(false);
    await engine.load(files);
  });

  test('factors above the catalogue and the users are allowed', async () => {
    const { engine } = engineOn('cpu');
    await collect(engine.fit(world, { ...small, factors: 70 }));
    expect((await engine.recommend(history)).items.length).toBe(10);
  });

  test('auto measures before the first fit', async () => {
    const { engine, opened } = engineOn('auto', { delayMs: 30 });
    await collect(engine.fit(world, small));
    expect(opened[0]!.operations).toBeGreaterThan(0);
    expect(engine.diagnostics().verdict!.parity).toBe('equal');
  });

  test('aborted while the back ends are measured: it does not wait for them', async () => {
    const { engine } = engineOn('auto', { delayMs: 20 });
    const abort = new AbortController();
    const running = collect(engine.fit(world, { ...small, signal: abort.signal }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    abort.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect(engine.isFitting).toBe(false);
    expect(engine.diagnostics().verdict).toBeNull();
  });

  test('a device lost in the middle: training goes on and ends with the same answer', async () => {
    const { engine, opened } = engineOn('webgpu', { loseAt: 3 });
    const reports = await collect(engine.fit(world, small));
    expect(reports.map(({ notice }) => notice !== null)).toEqual([false, true, false]);
    expect(reports[1]!.notice).toMatch(/continued on a new device/);
    expect(opened.length).toBe(2);
    expect((await engine.model())!.itemFactors).toEqual((await trainModel(world, small)).itemFactors);
  });
});

describe('serving', () => {
  test('on the GPU where it was asked for, with the same list', async () => {
    const files = await writeModel(await trainModel(world, small));
    const onGpu = engineOn('webgpu').engine;
    const onCpu = engineOn('cpu').engine;
    await onGpu.load(files);
    await onCpu.load(files);
    const result = await onGpu.recommend(history);
    expect(result.backend).toBe('webgpu');
    expect(result.items).toEqual((await onCpu.recommend(history)).items);
    expect(onGpu.diagnostics()).toMatchObject({
      backend: 'webgpu',
      adapter: 'pretended adapter',
      lastTimings: result.timings,
    });
    expect(onGpu.diagnostics().available.map(({ kind }) => kind)).toEqual(['cpu', 'webgpu']);
  });

  for (const lossStyle of ['reject', 'hang'] as const) {
    test(`a device lost during a request (${lossStyle}): the CPU answers, the reason says so`, async () => {
      const { engine } = engineOn('webgpu', { loseAt: 1, lossStyle });
      await engine.load(await writeModel(await trainModel(world, small)));
      const result = await engine.recommend(history);
      expect(result.backend).toBe('cpu');
      expect(result.items.length).toBe(10);
      expect(engine.diagnostics()).toMatchObject({ backend: 'cpu', adapter: null });
      expect(engine.diagnostics().reason).toMatch(/device was lost \(destroyed in a test\); the CPU has taken over/);
      expect((await engine.recommend(history)).backend).toBe('cpu');
    });
  }

  test('errors of the request are not taken for trouble of the GPU', async () => {
    const { engine } = engineOn('webgpu');
    await engine.load(await writeModel(await trainModel(world, small)));
    await expect(engine.recommend(history, { only: [] })).rejects.toThrow(EmptyResultError);
    await expect(engine.explain([], 'war-0')).rejects.toThrow(EmptyResultError);
    expect(engine.diagnostics().backend).toBe('webgpu');
  });

  test('a model too large for the GPU: auto takes the CPU, the order webgpu is an error', async () => {
    const files = await writeModel(await trainModel(world, small));
    const tooSmall = (): Promise<Backend> => {
      const gpu = fakeGpu();
      return Promise.resolve({ ...gpu, openItemTable: () => Promise.reject(new GpuLimitError('needs 5, has 4.')) });
    };
    const ordered = new Engine({ backend: 'webgpu', openWebGpu: tooSmall });
    await ordered.load(files);
    await expect(ordered.recommend(history)).rejects.toThrow(GpuLimitError);
    const auto = new Engine({
      backend: 'auto',
      openWebGpu: tooSmall,
      verdicts: [
        {
          adapter: 'pretended adapter',
          version: packageVersion,
          parity: 'equal',
          serve: { cpuMs: 2, gpuMs: 1 },
          train: { cpuMs: 2, gpuMs: 1 },
          measuredAt: 0,
        },
      ],
    });
    await auto.load(files);
    await auto.measureBackends();
    expect(auto.diagnostics().backend).toBe('webgpu');
    expect((await auto.recommend(history)).backend).toBe('cpu');
    expect(auto.diagnostics().reason).toMatch(/does not fit the GPU: needs 5, has 4/);
  });

  test('requests under way keep their model when another one comes', async () => {
    const { engine } = engineOn('webgpu', { delayMs: 5 });
    await engine.load(await writeModel(await trainModel(world, small)));
    const before = await engine.recommend(history);
    const running = engine.recommend(history);
    await engine.load(await writeModel(await trainModel(world, { ...small, seed: 8 })));
    expect((await running).items).toEqual(before.items);
    expect((await engine.recommend(history)).items).not.toEqual(before.items);
  });

  test('unload', async () => {
    const { engine } = engineOn('cpu');
    await engine.load(await writeModel(await trainModel(world, small)));
    await engine.recommend(history);
    engine.unload();
    expect(engine.diagnostics()).toMatchObject({ model: null, lastTimings: null });
    await expect(engine.recommend(history)).rejects.toThrow(NoModelError);
  });
});

describe('comparing the back ends', () => {
  test('the same request on each: times, lists, and whether they agree', async () => {
    const { engine } = engineOn('auto');
    await engine.load(await writeModel(await trainModel(world, small)));
    const [cpu, gpu] = await engine.compareBackends(history, { count: 7 });
    expect(cpu!.info.kind).toBe('cpu');
    expect(cpu!.itemIds.length).toBe(7);
    expect(gpu).toMatchObject({ info: { kind: 'webgpu', adapter: 'pretended adapter' }, agrees: true, error: null });
    expect(gpu!.itemIds).toEqual(cpu!.itemIds);
    expect(gpu!.timings!.totalMs).toBeGreaterThan(0);
    expect(engine.diagnostics().backend).toBe('cpu');
  });

  test('a back end that differs, one that fails, one that is not there', async () => {
    const files = await writeModel(await trainModel(world, small));
    const compare = async (engine: Engine): Promise<Awaited<ReturnType<Engine['compareBackends']>>[number]> => {
      await engine.load(files);
      return (await engine.compareBackends(history))[1]!;
    };
    expect(await compare(engineOn('auto', { fault: 'lists' }).engine)).toMatchObject({ agrees: false, error: null });
    expect(await compare(engineOn('auto', { loseAt: 1 }).engine)).toMatchObject({
      agrees: false,
      timings: null,
      error: 'destroyed in a test',
    });
    const none = new Engine({ openWebGpu: () => Promise.reject(new GpuUnavailableError('No adapter here.')) });
    expect(await compare(none)).toMatchObject({
      info: { kind: 'webgpu', adapter: null },
      itemIds: [],
      agrees: false,
      error: 'No adapter here.',
    });
  });
});

describe('the order webgpu without a GPU', () => {
  test('is an error for requests and for fits', async () => {
    const engine = new Engine({
      backend: 'webgpu',
      openWebGpu: () => Promise.reject(new GpuUnavailableError('No adapter here.')),
    });
    await engine.load(await writeModel(await trainModel(world, small)));
    await expect(engine.recommend(history)).rejects.toThrow(GpuUnavailableError);
    await expect(collect(engine.fit(world, small))).rejects.toThrow('No adapter here.');
    expect(engine.isFitting).toBe(false);
  });

  test('Node has none of its own: the built-in opener says so, and auto goes on with the CPU', async () => {
    const ordered = new Engine({ backend: 'webgpu' });
    await expect(ordered.measureBackends()).rejects.toThrow(GpuUnavailableError);
    const auto = new Engine();
    expect(await auto.measureBackends()).toBeNull();
    expect(auto.diagnostics()).toMatchObject({ backend: 'cpu', isSoftware: false, adapter: null });
    expect(auto.diagnostics().reason).toMatch(/^The CPU computes: .*WebGPU/);
  });

  test('any other name is refused', () => {
    expect(() => new Engine({ backend: 'gpu' as BackendMode })).toThrow(/'auto' or 'cpu' or 'webgpu', got "gpu"/);
  });
});

describe('disposing', () => {
  test('a fit that nobody goes on with ends: its run is freed', async () => {
    const { engine, opened } = engineOn('webgpu');
    const fit = engine.fit(world, small);
    await fit.next();
    expect(opened[0]!.openRuns).toBe(1);
    engine.dispose();
    await expect.poll(() => opened[0]!.openRuns).toBe(0);
    await expect(fit.next()).rejects.toThrow(DisposedError);
  });

  test('frees the device, ends a fit, and every later call is an error by name', async () => {
    const { engine, opened } = engineOn('webgpu');
    await engine.load(await writeModel(await trainModel(world, small)));
    await engine.recommend(history);
    const fit = engine.fit(world, small);
    await fit.next();
    engine.dispose();
    engine.dispose();
    await expect(fit.next()).rejects.toThrow(DisposedError);
    expect(opened[0]!.isDisposed).toBe(true);
    await expect(engine.recommend(history)).rejects.toThrow(DisposedError);
    await expect(engine.fit(world).next()).rejects.toThrow(DisposedError);
    await expect(engine.measureBackends()).rejects.toThrow(DisposedError);
    await expect(engine.starterItems()).rejects.toThrow(DisposedError);
    expect(await engine.model()).toBeNull();
  });
});
