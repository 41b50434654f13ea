import { describe, expect, test } from 'vitest';
import type { AlsProblem, SolveOptions } from '../../../src/backends/backend.ts';
import type { RowSolveShape } from '../../../src/backends/webgpu/training/row-solve-pass.ts';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { createWebGpuBackend } from '../../../src/backends/webgpu/webgpu-backend.ts';
import { WebGpuTraining } from '../../../src/backends/webgpu/training/webgpu-training.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { DeviceLostError, DisposedError, GpuLimitError } from '../../../src/errors.ts';
import { type GpuDevice, type GpuLimits, openGpu } from '../../../src/gpu/device.ts';
import type { EpochReport } from '../../../src/model/als-trainer.ts';
import { referenceLoss, referenceSolve } from '../../reference/als.ts';
import { expectNear } from '../../support/expect-near.ts';
import { filmWorld } from '../../support/film-world.ts';
import { requestGpu } from '../../support/gpu.ts';
import { problemOf, randomMatrix, settingsOf } from '../../support/synthetic.ts';
import { validated } from '../../support/validated-gpu.ts';

interface Trained {
  readonly userFactors: Float32Array;
  readonly itemFactors: Float32Array;
  readonly loss: number;
}

/** Two epochs on the GPU. */
function train(
  problem: AlsProblem,
  options: { solver?: SolveOptions['solver']; rowSolve?: RowSolveShape; limits?: Partial<GpuLimits> } = {},
): Promise<Trained> {
  return validated(async (gpu) => {
    const { solver = 'cg', rowSolve = 'auto' } = options;
    const run = await WebGpuTraining.open(gpu, problem, { solver, cgSteps: 3, rowSolve });
    for (let epoch = 0; epoch < 2; epoch++) {
      await run.solve('users');
      await run.solve('items');
    }
    const loss = await run.loss();
    const factors = await run.factors();
    run.dispose();
    return { ...factors, loss };
  }, options.limits);
}

const problem = problemOf(randomMatrix({ rowCount: 90, columnCount: 70, seed: 3, density: 0.2 }), {
  factors: 6,
  settings: settingsOf({ unobservedWeight: 0.5, regularization: 0.05 }),
});

/** Four solves in a row, each of some hundred float32 roundings (6e-8), times condition numbers of about 30. */
const tolerance = 2e-4;

describe.each(['invocation', 'workgroup', 'auto'] as const)('rows by %s', (rowSolve) => {
  test('two epochs as in double precision', async () => {
    let userFactors = Float64Array.from(problem.userFactors);
    let itemFactors = Float64Array.from(problem.itemFactors);
    for (let epoch = 0; epoch < 2; epoch++) {
      userFactors = Float64Array.from(
        referenceSolve(problem.users, { ...problem, fixed: itemFactors, start: userFactors, cgSteps: 3 }),
      );
      itemFactors = Float64Array.from(
        referenceSolve(problem.items, { ...problem, fixed: userFactors, start: itemFactors, cgSteps: 3 }),
      );
    }
    const trained = await train(problem, { rowSolve });
    expectNear(trained.userFactors, userFactors, tolerance);
    expectNear(trained.itemFactors, itemFactors, tolerance);
    // A sum of a few thousand float32 terms, most of which cancel.
    const wanted = referenceLoss(problem, { userFactors, itemFactors });
    expect(Math.abs(trained.loss - wanted)).toBeLessThan(1e-4 * wanted);
  });

  test('the same input gives the same bits', async () => {
    expect(await train(problem, { rowSolve })).toEqual(await train(problem, { rowSolve }));
  });

  test('entries in chunks: the same bits as in one piece', async () => {
    // 3072 bytes hold 96 rows of 8 numbers, so each side is one page, and 384 of about 1,200 entries.
    const limits = { maxStorageBufferBindingSize: 3072, maxBufferSize: 3072 };
    expect(await train(problem, { rowSolve, limits })).toEqual(await train(problem, { rowSolve }));
  });

  test('both sides in two pages: the same factors', async () => {
    const limits = { maxStorageBufferBindingSize: 2048, maxComputeWorkgroupsPerDimension: 8 };
    const paged = await train(problem, { rowSolve, limits });
    const whole = await train(problem, { rowSolve });
    // The slices of the Gramian begin elsewhere, so its sums round otherwise.
    expectNear(paged.userFactors, whole.userFactors, tolerance);
    expectNear(paged.itemFactors, whole.itemFactors, tolerance);
    expect(Math.abs(paged.loss - whole.loss)).toBeLessThan(1e-4 * whole.loss);
  });
});

test('Cholesky in chunks and pages: the same factors', async () => {
  const limits = { maxStorageBufferBindingSize: 16 * 288 };
  const paged = await train(problem, { solver: 'cholesky', limits });
  const whole = await train(problem, { solver: 'cholesky' });
  expectNear(paged.userFactors, whole.userFactors, tolerance);
  expectNear(paged.itemFactors, whole.itemFactors, tolerance);
});

test('a long row counts in full in the loss', async () => {
  const columnCount = 1300;
  const long = problemOf(randomMatrix({ rowCount: 2, columnCount, seed: 9, density: 1 }), { factors: 3 });
  await validated(async (gpu) => {
    const run = await WebGpuTraining.open(gpu, long, { solver: 'cg', cgSteps: 3, rowSolve: 'auto' });
    const wanted = referenceLoss(long, long);
    expect(Math.abs((await run.loss()) - wanted)).toBeLessThan(1e-5 * wanted);
    run.dispose();
  });
});

test('the number of CG steps and the solver change the result', async () => {
  const backend = await createWebGpuBackend({ exact: createCpuBackend(), gpu: await requestGpu() });
  const solved = async (options: SolveOptions): Promise<Float32Array> => {
    const run = await backend.openTraining(problem, options);
    await run.solve('users');
    const { userFactors } = await run.factors();
    run.dispose();
    return userFactors;
  };
  const one = await solved({ solver: 'cg', cgSteps: 1 });
  const two = await solved({ solver: 'cg', cgSteps: 2 });
  const exact = await solved({ solver: 'cholesky', cgSteps: 1 });
  const distance = (left: Float32Array, right: Float32Array): number =>
    Math.hypot(...left.map((value, place) => value - right[place]!));
  expect(distance(two, exact)).toBeLessThan(distance(one, exact));
  expect(distance(two, exact)).toBeGreaterThan(0.01);
  backend.dispose();
});

describe('a problem that does not fit', () => {
  const open = async (limits: Partial<GpuLimits>): Promise<unknown> => {
    using gpu = await openGpu({ gpu: await requestGpu(), limits });
    return WebGpuTraining.open(gpu, problem, { solver: 'cg', cgSteps: 3, rowSolve: 'auto' });
  };

  test('more than the bytes that it may take: refused before anything is allocated, and `fit` goes on with the CPU', async () => {
    const gpu = await requestGpu();
    const backend = await createWebGpuBackend({ exact: createCpuBackend(), gpu, mostTrainingBytes: 4000 });
    await expect(backend.openTraining(problem, { solver: 'auto', cgSteps: 3 })).rejects.toThrow(
      /all buffers take \d+ bytes of 4000.*The cpu back end has no such limits/,
    );
    backend.dispose();
    const openWebGpu = () => createWebGpuBackend({ exact: createCpuBackend(), gpu, mostTrainingBytes: 4000 });
    const engine = new Engine({ backend: 'webgpu', openWebGpu });
    const reports: EpochReport[] = [];
    for await (const report of engine.fit(filmWorld(), { factors: 4, epochs: 2 })) reports.push(report);
    expect(reports.map(({ backend: used }) => used)).toEqual(['cpu', 'cpu']);
    expect(reports[0]!.notice).toMatch(/does not fit the GPU .*bytes of 4000.*continued on the CPU from epoch 0/);
    engine.dispose();
  });

  test('factors above two pages', async () => {
    await expect(open({ maxStorageBufferBindingSize: 1024 })).rejects.toThrow(GpuLimitError);
    await expect(open({ maxStorageBufferBindingSize: 1024 })).rejects.toThrow(
      /90 users .* does not fit this GPU: the user factors take 2880 bytes, and 2 bindings hold 2048/,
    );
  });
});

describe('a lost device', () => {
  const openRun = async (): Promise<{ gpu: GpuDevice; run: WebGpuTraining }> => {
    const gpu = await openGpu({ gpu: await requestGpu() });
    return { gpu, run: await WebGpuTraining.open(gpu, problem, { solver: 'cg', cgSteps: 3, rowSolve: 'auto' }) };
  };

  test('in the middle of a call rejects it', async () => {
    const { gpu, run } = await openRun();
    await run.solve('users');
    const loss = run.loss();
    gpu.device.destroy();
    await expect(loss).rejects.toBeInstanceOf(DeviceLostError);
    await expect(run.solve('items')).rejects.toBeInstanceOf(DeviceLostError);
    await expect(run.factors()).rejects.toBeInstanceOf(DeviceLostError);
    run.dispose();
  });

  test('while opening rejects the opening', async () => {
    const gpu = await openGpu({ gpu: await requestGpu() });
    const opening = WebGpuTraining.open(gpu, problem, { solver: 'cg', cgSteps: 3, rowSolve: 'auto' });
    gpu.device.destroy();
    await expect(opening).rejects.toBeInstanceOf(DeviceLostError);
  });

  test('is told by the back end', async () => {
    const platform = await requestGpu();
    const devices: GPUDevice[] = [];
    const spying = {
      requestAdapter: async (options: GPURequestAdapterOptions) => {
        const adapter = (await platform.requestAdapter(options))!;
        const requestDevice = async (descriptor: GPUDeviceDescriptor): Promise<GPUDevice> => {
          devices.push(await adapter.requestDevice(descriptor));
          return devices[0]!;
        };
        return { features: adapter.features, limits: adapter.limits, info: adapter.info, requestDevice };
      },
    } as unknown as GPU;
    const backend = await createWebGpuBackend({ exact: createCpuBackend(), gpu: spying });
    expect(backend.info.kind).toBe('webgpu');
    devices[0]!.destroy();
    expect(await backend.lost).not.toBe('');
    await expect(backend.openTraining(problem, { solver: 'cg', cgSteps: 3 })).rejects.toBeInstanceOf(DeviceLostError);
    backend.dispose();
  });
});

test('a run that was disposed of says so', async () => {
  await validated(async (gpu) => {
    const run = await WebGpuTraining.open(gpu, problem, { solver: 'cg', cgSteps: 3, rowSolve: 'auto' });
    run.dispose();
    run.dispose();
    await expect(run.solve('users')).rejects.toBeInstanceOf(DisposedError);
    await expect(run.loss()).rejects.toBeInstanceOf(DisposedError);
    await expect(run.factors()).rejects.toBeInstanceOf(DisposedError);
  });
});
