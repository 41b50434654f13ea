import { expect, test } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import { writeModel } from '../../../src/model/model-files.ts';
import type { EpochReport } from '../../../src/model/als-trainer.ts';
import { createWebGpuBackend } from '../../../src/backends/webgpu/webgpu-backend.ts';
import { GpuUnavailableError } from '../../../src/errors.ts';
import { destroyable } from '../../support/destroyable-gpu.ts';
import { filmWorld, prefer, trainModel } from '../../support/film-world.ts';
import { requestGpu } from '../../support/gpu.ts';

const world = filmWorld();
const small = { factors: 4, epochs: 4 };
const history = [prefer('war-2'), prefer('love-1', { strength: -0.5 }), prefer('war-9', { strength: 0.4 })];

/** Float32 roundings over four epochs, through systems of condition about 10. */
const tolerance = 1e-3;

async function onDestroyable(): Promise<{ engine: Engine; devices: GPUDevice[] }> {
  const { gpu, devices } = destroyable(await requestGpu());
  return {
    engine: new Engine({ backend: 'webgpu', openWebGpu: (options) => createWebGpuBackend({ ...options, gpu }) }),
    devices,
  };
}

/** Back ends may turn the factors of both sides into another basis: equal are the products of items with items. */
function expectSameItems(actual: Float32Array, wanted: Float32Array): void {
  expect(actual.length).toBe(wanted.length);
  const products = (factors: Float32Array, one: number, other: number): number => {
    let sum = 0;
    for (let f = 0; f < small.factors; f++) sum += factors[one + f]! * factors[other + f]!;
    return sum;
  };
  let worst = 0;
  for (let one = 0; one < actual.length; one += small.factors) {
    for (let other = 0; other <= one; other += small.factors) {
      worst = Math.max(worst, Math.abs(products(actual, one, other) - products(wanted, one, other)));
    }
  }
  expect(worst).toBeLessThan(tolerance);
}

test('trained and served through the GPU: the CPU’s item products, top ten and reasons', async () => {
  const { engine } = await onDestroyable();
  const reports: EpochReport[] = [];
  for await (const report of engine.fit(world, small)) reports.push(report);
  expect(reports.map(({ backend, notice }) => [backend, notice])).toEqual(reports.map(() => ['webgpu', null]));
  const cpuModel = await trainModel(world, small);
  expectSameItems((await engine.model())!.itemFactors, cpuModel.itemFactors);

  const onCpu = new Engine({ backend: 'cpu' });
  await onCpu.load(await writeModel(cpuModel));
  const wanted = await onCpu.recommend(history);
  const found = await engine.recommend(history);
  expect(found.backend).toBe('webgpu');
  expect(found.items.map(({ itemId }) => itemId)).toEqual(wanted.items.map(({ itemId }) => itemId));
  for (const [place, item] of found.items.entries()) {
    expect(Math.abs(item.score - wanted.items[place]!.score)).toBeLessThan(tolerance);
    const explanation = await engine.explain(history, item.itemId);
    const sum = explanation.contributions.reduce((total, { contribution }) => total + contribution, 0);
    expect(Math.abs(sum - item.score)).toBeLessThan(1e-5);
  }
  const [cpu, gpu] = await engine.compareBackends(history);
  expect(gpu).toMatchObject({ agrees: true, error: null, itemIds: cpu!.itemIds });
  engine.dispose();
});

test('a device destroyed in the middle of training: a new one goes on, a second loss goes to the CPU, same answer', async () => {
  const { engine, devices } = await onDestroyable();
  const reports: EpochReport[] = [];
  for await (const report of engine.fit(world, small)) {
    reports.push(report);
    if (report.epoch <= 2) devices.at(-1)!.destroy();
  }
  expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
  expect(reports.map(({ backend }) => backend)).toEqual(['webgpu', 'webgpu', 'cpu', 'cpu']);
  expect(reports[1]!.notice).toMatch(/GPU device lost .*continued on a new device from epoch 1/);
  expect(reports[2]!.notice).toMatch(/GPU device lost .*continued on the CPU from epoch [12]/);
  expectSameItems((await engine.model())!.itemFactors, (await trainModel(world, small)).itemFactors);
  engine.dispose();
});

test('a device destroyed while epochs run: training ends with the same answer', async () => {
  const { engine, devices } = await onDestroyable();
  const epochs = engine.fit(world, small);
  await epochs.next();
  const running = epochs.next();
  devices[0]!.destroy();
  const second = await running;
  expect(second.value).toMatchObject({ epoch: 2, notice: expect.stringMatching(/GPU device lost/) });
  for await (const report of epochs) expect(report.notice).toBeNull();
  expect((await engine.model())!.epochs).toBe(4);
  expectSameItems((await engine.model())!.itemFactors, (await trainModel(world, small)).itemFactors);
  engine.dispose();
});

test('a device destroyed between and during requests: the CPU answers with the same list', async () => {
  const files = await writeModel(await trainModel(world, small));
  for (const when of ['before', 'during'] as const) {
    const { engine, devices } = await onDestroyable();
    await engine.load(files);
    const wanted = await engine.recommend(history);
    expect(wanted.backend).toBe('webgpu');
    if (when === 'before') devices[0]!.destroy();
    const running = engine.recommend(history);
    if (when === 'during') devices[0]!.destroy();
    const found = await running;
    expect(found.items.map(({ itemId }) => itemId)).toEqual(wanted.items.map(({ itemId }) => itemId));
    const after = await engine.recommend(history);
    expect(after.backend).toBe('cpu');
    expect(engine.diagnostics().reason).toMatch(/device was lost .*the CPU has taken over/);
    engine.dispose();
  }
});

test('auto: the GPU answers as the CPU does, and the choice has its numbers', async () => {
  const gpu = await requestGpu();
  const engine = new Engine({ backend: 'auto', openWebGpu: (options) => createWebGpuBackend({ ...options, gpu }) });
  expect(engine.diagnostics().backend).toBe('cpu');
  const verdict = await engine.measureBackends();
  expect(verdict).toMatchObject({ parity: 'equal' });
  const { backend, reason, adapter } = engine.diagnostics();
  expect(backend).toBe(verdict!.serve.gpuMs < verdict!.serve.cpuMs ? 'webgpu' : 'cpu');
  expect(adapter).toBe(verdict!.adapter);
  expect(reason).toMatch(/^Measured, the (CPU|GPU) serves.*ms on the CPU and/);
  engine.dispose();
});

test('no adapter: an error where webgpu was asked for', async () => {
  const gpu = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  const engine = new Engine({ backend: 'webgpu', openWebGpu: (options) => createWebGpuBackend({ ...options, gpu }) });
  await expect(engine.measureBackends()).rejects.toThrow(GpuUnavailableError);
  await expect(engine.fit(world, small).next()).rejects.toThrow(/no adapter/);
  engine.dispose();
});
