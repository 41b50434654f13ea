/**
 * How training is cut on a GPU that is no software adapter, shown on whatever adapter is here: rows in bins by length,
 * the longest in parts.
 */
import { describe, expect, test } from 'vitest';
import { movielensSmall } from '../../../bench/movielens-small.ts';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { planTraining, trainingShapeOf } from '../../../src/backends/webgpu/training/memory-plan.ts';
import { splitPartCount } from '../../../src/backends/webgpu/training/split-rows.ts';
import { findParityFault } from '../../../src/engine/backend-probe.ts';
import type { AlsProblem, SolveOptions } from '../../../src/backends/backend.ts';
import type { RowSolveShape } from '../../../src/backends/webgpu/training/row-solve-pass.ts';
import { createWebGpuBackend } from '../../../src/backends/webgpu/webgpu-backend.ts';
import { WebGpuTraining } from '../../../src/backends/webgpu/training/webgpu-training.ts';
import type { GpuDevice, GpuLimits } from '../../../src/gpu/device.ts';
import { CsrMatrix } from '../../../src/data/csr-matrix.ts';
import { referenceLoss, referenceSolve } from '../../reference/als.ts';
import { requestGpu } from '../../support/gpu.ts';
import { problemOf, settingsOf, uniform } from '../../support/synthetic.ts';
import { validated } from '../../support/validated-gpu.ts';

/** The same device, which says from now on that it is no software adapter. */
function asHardware(gpu: GpuDevice): GpuDevice {
  return Object.defineProperty(gpu, 'isSoftware', { value: false });
}

interface Trained {
  readonly userFactors: Float32Array;
  readonly itemFactors: Float32Array;
  readonly loss: number;
}

/** `epochs` epochs, or, with ½, the users alone. */
function train(
  problem: AlsProblem,
  options: SolveOptions & { rowSolve?: RowSolveShape; epochs?: number; limits?: Partial<GpuLimits> },
): Promise<Trained> {
  return validated(async (gpu) => {
    const { rowSolve = 'auto', epochs = 2, ...solve } = options;
    const run = await WebGpuTraining.open(asHardware(gpu), problem, { ...solve, rowSolve });
    for (let half = 0; half < 2 * epochs; half++) await run.solve(half % 2 === 0 ? 'users' : 'items');
    const loss = await run.loss();
    const factors = await run.factors();
    run.dispose();
    return { ...factors, loss };
  }, options.limits);
}

/** A problem with users of the given degrees; weights differ unless `feedback` is `presence`. */
function problemOfDegrees(
  degrees: readonly number[],
  options: { itemCount: number; rank: number; feedback?: 'presence' | 'strength' },
): AlsProblem {
  const { itemCount, rank, feedback = 'strength' } = options;
  const next = uniform(degrees.length);
  const rows: number[] = [];
  const columns: number[] = [];
  const values: number[] = [];
  for (const [row, degree] of degrees.entries()) {
    const step = 1 + Math.floor(next() * 3);
    for (let n = 0; n < degree; n++) {
      rows.push(row);
      columns.push((n * step + row) % itemCount);
      values.push(0.2 + 0.8 * next());
    }
  }
  const matrix = CsrMatrix.fromTriplets({
    rowCount: degrees.length,
    columnCount: itemCount,
    rows: Uint32Array.from(rows),
    columns: Uint32Array.from(columns),
    values: Float32Array.from(values),
  });
  return problemOf(matrix, {
    factors: rank,
    settings: settingsOf({ feedback, unobservedWeight: 0.5, regularization: 0.05 }),
  });
}

function largestDifference(left: ArrayLike<number>, right: ArrayLike<number>): number {
  expect(left.length).toBe(right.length);
  let largest = 0;
  for (let place = 0; place < left.length; place++) {
    const difference = Math.abs(left[place]! - right[place]!) / (1 + Math.abs(right[place]!));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

const solvers = [
  { solver: 'auto', cgSteps: 3 },
  { solver: 'ew-pcg', cgSteps: 2 },
  { solver: 'cg', cgSteps: 3 },
  { solver: 'cholesky', cgSteps: 1 },
] as const;

/** Empty, short, medium and long rows. */
const mixed = problemOfDegrees([0, 1, 700, 15, 16, 17, 600, 2, 0, 40], { itemCount: 901, rank: 6 });

describe.each(solvers)('$solver', (solve) => {
  test('the same bits again, also in pages and chunks', async () => {
    const once = await train(mixed, solve);
    expect(await train(mixed, solve)).toEqual(once);
    if (solve.solver !== 'auto') return;
    const limits = { maxStorageBufferBindingSize: 30_000 };
    expect(await train(mixed, { ...solve, limits })).toEqual(once);
  });

  test('rows in bins, split or not: near what one kernel alone finds', async () => {
    const alone = await train(mixed, { ...solve, rowSolve: 'invocation' });
    for (const rowSolve of ['auto', 'split'] as const) {
      const { loss } = await train(mixed, { ...solve, rowSolve });
      // Rows that are split are solved exactly, which two epochs in shows in the third digit.
      const tolerance = rowSolve === 'split' && solve.solver !== 'cholesky' ? 0.02 : 1e-5;
      expect(Math.abs(loss - alone.loss)).toBeLessThan(tolerance * alone.loss);
    }
  });
});

describe('a row that is split', () => {
  const degrees = [63, 64, 65, 255, 256, 257, 511, 512, 513, 8191, 8192, 8193];
  const problem = problemOfDegrees(degrees, { itemCount: 9000, rank: 5 });
  const exact = { solver: 'cholesky', cgSteps: 1, epochs: 0.5 } as const;

  test('is what it is in one piece, to a millionth', async () => {
    const whole = await train(problem, exact);
    const split = await train(problem, { ...exact, rowSolve: 'split' });
    expect(largestDifference(split.userFactors, whole.userFactors)).toBeLessThan(1e-6);
    const wanted = referenceSolve(problem.users, { ...problem, fixed: Float64Array.from(problem.itemFactors) });
    expect(largestDifference(split.userFactors, wanted)).toBeLessThan(1e-5);
  });

  test('against a diagonal Gramian as well, in batches, and in two pages of the fixed side', async () => {
    const auto = { solver: 'auto', cgSteps: 64, epochs: 0.5, rowSolve: 'split' } as const;
    const whole = await train(problem, exact);
    // Turning the basis changes no score, and so neither the loss.
    const split = await train(problem, auto);
    expect(Math.abs(split.loss - whole.loss)).toBeLessThan(1e-5 * whole.loss);
    const limits = { maxStorageBufferBindingSize: 160_000 };
    const paged = await train(problem, { ...auto, limits });
    expect(Math.abs(paged.loss - whole.loss)).toBeLessThan(1e-5 * whole.loss);
  });

  test('100,000 entries', async () => {
    const long = problemOfDegrees([1, 100_000, 3], { itemCount: 100_003, rank: 4 });
    const split = await train(long, { ...exact, rowSolve: 'split' });
    const wanted = referenceSolve(long.users, { ...long, fixed: Float64Array.from(long.itemFactors) });
    expect(largestDifference(split.userFactors, wanted)).toBeLessThan(1e-5);
  });

  test('on a GPU by itself where one row is most of the data', async () => {
    const { users } = problemOfDegrees([8193, 20], { itemCount: 9000, rank: 4 });
    const long = problemOfDegrees([8193, 20], { itemCount: 9000, rank: 4 });
    const wanted = referenceSolve(users, { ...long, fixed: Float64Array.from(long.itemFactors) });
    // One step of CG would be far from it.
    const run = await train(long, { solver: 'cg', cgSteps: 1, epochs: 0.5 });
    expect(largestDifference(run.userFactors.subarray(0, 4), wanted.subarray(0, 4))).toBeLessThan(1e-5);
  });
});

describe('one pair of weights for all', () => {
  test.each(solvers)('the loss of $solver as in double precision', async (solve) => {
    const problem = problemOfDegrees([3, 40, 0, 17], { itemCount: 60, rank: 3, feedback: 'presence' });
    const { userFactors, itemFactors, loss } = await train(problem, solve);
    const wanted = referenceLoss(problem, {
      userFactors: Float64Array.from(userFactors),
      itemFactors: Float64Array.from(itemFactors),
    });
    expect(Math.abs(loss - wanted)).toBeLessThan(1e-4 * wanted);
  });
});

test('a GPU with rows in bins passes the comparison with the CPU', async () => {
  const platform = await requestGpu();
  const hardware = {
    requestAdapter: async (options: GPURequestAdapterOptions) => {
      const adapter = (await platform.requestAdapter(options))!;
      const { subgroupMinSize, subgroupMaxSize } = adapter.info;
      return {
        features: adapter.features,
        limits: adapter.limits,
        info: { vendor: 'test', architecture: 'one', description: '', device: '', subgroupMinSize, subgroupMaxSize },
        requestDevice: (descriptor: GPUDeviceDescriptor) => adapter.requestDevice(descriptor),
      };
    },
  } as unknown as GPU;
  const gpu = await createWebGpuBackend({ exact: createCpuBackend(), gpu: hardware });
  expect(gpu.info.isSoftware).toBe(false);
  expect(await findParityFault(createCpuBackend(), gpu)).toBeNull();
  gpu.dispose();
});

/** What `work` makes the device do. */
async function watching(
  { device }: GpuDevice,
  work: () => Promise<void>,
): Promise<{ dispatches: number; readBacks: number; bytes: number; bufferCount: number }> {
  const createCommandEncoder = device.createCommandEncoder.bind(device);
  const createBuffer = device.createBuffer.bind(device);
  const seen = { dispatches: 0, readBacks: 0, bytes: 0, bufferCount: 0 };
  device.createBuffer = (descriptor) => {
    if (descriptor.usage & GPUBufferUsage.MAP_READ) seen.readBacks++;
    if (descriptor.label?.startsWith('training: ')) {
      seen.bytes += descriptor.size;
      seen.bufferCount++;
    }
    return createBuffer(descriptor);
  };
  device.createCommandEncoder = (descriptor) => {
    const encoder = createCommandEncoder(descriptor);
    const beginComputePass = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (options) => {
      const pass = beginComputePass(options);
      const dispatch = pass.dispatchWorkgroups.bind(pass);
      pass.dispatchWorkgroups = (...counts) => {
        seen.dispatches++;
        dispatch(...counts);
      };
      return pass;
    };
    return encoder;
  };
  try {
    await work();
  } finally {
    Object.assign(device, { createCommandEncoder, createBuffer });
  }
  return seen;
}

describe('MovieLens small', async () => {
  const { userCount, itemIds, users, items, values } = await movielensSmall();
  const matrix = CsrMatrix.fromTriplets({
    rowCount: userCount,
    columnCount: itemIds.length,
    rows: users,
    columns: items,
    values,
  });
  const settings = settingsOf({ feedback: 'presence' });
  const problem = problemOf(matrix, { factors: 64, settings });

  test('an iteration takes at most 20 dispatches and reads nothing back; the memory is what was planned', async () => {
    await validated(async (gpu) => {
      const hardware = asHardware(gpu);
      let run!: WebGpuTraining;
      const opening = await watching(hardware, async () => {
        run = await WebGpuTraining.open(hardware, problem, { solver: 'auto', cgSteps: 3, rowSolve: 'auto' });
      });
      const solving = await watching(hardware, async () => {
        await run.solve('users');
        await run.solve('items');
      });
      expect(solving.readBacks).toBe(0);
      // At least a Gramian in two, an eigenbasis, a rotation of either side and a solve, for each side.
      expect(solving.dispatches).toBeGreaterThanOrEqual(12);
      expect(solving.dispatches).toBeLessThanOrEqual(20);
      const reading = await watching(hardware, async () => void (await run.factors()));
      expect(reading.readBacks).toBeGreaterThan(0);
      run.dispose();

      const plan = planTraining(trainingShapeOf(problem, { solver: 'auto', longestPart: 8192 }), gpu);
      expect(plan.shape).toMatchObject({ factors: 64, userCount, itemCount: itemIds.length, weights: 'uniform' });
      // Each buffer is rounded up to 16 bytes.
      expect(opening.bytes).toBeGreaterThanOrEqual(plan.byteLength);
      expect(opening.bytes).toBeLessThanOrEqual(plan.byteLength + 16 * opening.bufferCount);
    });
  });

  test('rows that are split are planned too', async () => {
    await validated(async (gpu) => {
      const hardware = asHardware(gpu);
      const { users: equations } = problem;
      const opening = await watching(hardware, async () => {
        const split = { solver: 'auto', cgSteps: 3, rowSolve: 'split' } as const;
        const run = await WebGpuTraining.open(hardware, problem, split);
        run.dispose();
      });
      const partCount = splitPartCount(problem, 64);
      expect(partCount).toBeGreaterThan(equations.columns.length / 64);
      const plan = planTraining(trainingShapeOf(problem, { solver: 'auto', longestPart: 64 }), gpu);
      expect(plan.shape.partCount).toBe(partCount);
      // Scratch serves both sides in turn, so the plan of both together is above it.
      expect(opening.bytes).toBeLessThanOrEqual(plan.byteLength + 16 * opening.bufferCount);
      expect(opening.bytes).toBeGreaterThan(0.75 * plan.byteLength);
    });
  });
});
