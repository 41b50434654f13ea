import { expect, test } from 'vitest';
import { factorPages, rowsOfPage } from '../../../src/backends/webgpu/factor-pages.ts';
import { padRows } from '../../../src/backends/padded-rows.ts';
import { GramianPass } from '../../../src/backends/webgpu/gramian-pass.ts';
import { GpuLimitError } from '../../../src/errors.ts';
import { BufferScope } from '../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../src/gpu/command-batch.ts';
import { type GpuLimits, openGpu } from '../../../src/gpu/device.ts';
import { referenceGramian } from '../../reference/als.ts';
import { requestGpu } from '../../support/gpu.ts';
import { readFloats } from '../../support/read-floats.ts';
import { randomNumbers } from '../../support/synthetic.ts';
import { validated } from '../../support/validated-gpu.ts';

/** The Gramian of `factors` by the engine's pass, without padding; the padding must be zero. */
function gramianOnGpu(
  factors: Float32Array,
  { rank, limits = {} }: { rank: number; limits?: Partial<GpuLimits> },
): Promise<Float32Array> {
  return validated(async (gpu) => {
    const rankVectors = Math.ceil(rank / 4);
    const rowCount = factors.length / rank;
    const pages = factorPages('test', { rowCount, rankVectors, limits: gpu.limits });
    using buffers = new BufferScope(gpu, 'test');
    const pass = new GramianPass(gpu, { buffers, sides: [pages] });
    await pass.compile();
    const target = buffers.upload('Gramian', new Float32Array(16 * rankVectors ** 2).fill(Number.NaN));
    const commands = new CommandBatch(gpu, 'test');
    pass.encode(commands, {
      pages,
      factors: Array.from({ length: pages.pageCount }, (_, page) =>
        buffers.upload(
          'factors',
          padRows(factors, { factors: rank, firstRow: page * pages.pageRows, rowCount: rowsOfPage(pages, page) }),
        ),
      ),
      target,
    });
    commands.submit();
    return withoutPadding(await readFloats(gpu, target), rank);
  }, limits);
}

function withoutPadding(padded: Float32Array, rank: number): Float32Array {
  const stride = 4 * Math.ceil(rank / 4);
  const result = new Float32Array(rank * rank);
  for (let row = 0; row < stride; row++) {
    for (let column = 0; column < stride; column++) {
      const value = padded[row * stride + column]!;
      if (row < rank && column < rank) result[row * rank + column] = value;
      else expect(value).toBe(0);
    }
  }
  return result;
}

function expectGramian(actual: Float32Array, factors: Float32Array, rank: number): void {
  const wanted = referenceGramian(factors, rank);
  const rowCount = factors.length / rank;
  // Each sum rounds by 6e-8 of what it has come to, up to rowCount / 3 on the diagonal; roundings add up like √rowCount.
  const tolerance = 6e-8 * (1 + (Math.sqrt(rowCount) * rowCount) / 3);
  for (const [place, value] of wanted.entries()) {
    expect(Math.abs(actual[place]! - value), `place ${place}`).toBeLessThanOrEqual(tolerance);
  }
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j < i; j++) expect(actual[i * rank + j]).toBe(actual[j * rank + i]);
  }
}

const ranks = [1, 3, 4, 8, 9, 32, 33, 64, 128];

for (const rank of ranks) {
  // A slice is 64 rows: one row fewer, one more, and an odd number above several slices.
  for (const rowCount of [0, 1, 63, 64, 65, 333]) {
    test(`Gramian of ${rowCount} × ${rank}`, async () => {
      const factors = randomNumbers(rowCount * rank, { seed: 1 + rowCount + rank });
      expectGramian(await gramianOnGpu(factors, { rank }), factors, rank);
    });
  }
}

test('the same input gives the same bits', async () => {
  const factors = randomNumbers(500 * 12, { seed: 5 });
  expect(await gramianOnGpu(factors, { rank: 12 })).toEqual(await gramianOnGpu(factors, { rank: 12 }));
});

test('two pages, and more workgroups than one dimension allows, give the same sums', async () => {
  const rank = 5;
  const factors = randomNumbers(300 * rank, { seed: 6 });
  const limits = { maxStorageBufferBindingSize: 160 * 32, maxComputeWorkgroupsPerDimension: 6 };
  expectGramian(await gramianOnGpu(factors, { rank, limits }), factors, rank);
});

test('a rank whose partial sums do not fit is refused with the numbers', async () => {
  using gpu = await openGpu({ gpu: await requestGpu(), limits: { maxStorageBufferBindingSize: 8192 } });
  using buffers = new BufferScope(gpu, 'test');
  const pages = factorPages('item', { rowCount: 4, rankVectors: 16, limits: gpu.limits });
  expect(() => new GramianPass(gpu, { buffers, sides: [pages] })).toThrow(GpuLimitError);
  expect(() => new GramianPass(gpu, { buffers, sides: [pages] })).toThrow(
    /64 factors needs 1 × 16384 bytes.*binds 8192/,
  );
});
