import { expect, test } from 'vitest';
import { padRows } from '../../../../src/backends/padded-rows.ts';
import { BufferScope } from '../../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../../src/gpu/command-batch.ts';
import type { GpuLimits } from '../../../../src/gpu/device.ts';
import { gramian, gramianWorkgroups } from '../../../../src/shaders/gramian/gramian.ts';
import { referenceGramian } from '../../../reference/als.ts';
import { readFloats } from '../../../support/read-floats.ts';
import { randomNumbers } from '../../../support/synthetic.ts';
import { validated } from '../../../support/validated-gpu.ts';

const rowsPerSlice = 6;

/** Room for one slice more on either side of those of `factors`, which must stay the rubbish that it was. */
function partialsOf(
  factors: Float32Array,
  { rank, workgroupSize = 8, limits = {} }: { rank: number; workgroupSize?: number; limits?: Partial<GpuLimits> },
): Promise<Float32Array[]> {
  return validated(async (gpu) => {
    const rankVectors = Math.ceil(rank / 4);
    const rowCount = factors.length / rank;
    const sliceCount = Math.ceil(rowCount / rowsPerSlice);
    const sliceLength = (4 * rankVectors) ** 2;
    using buffers = new BufferScope(gpu, 'test');
    const partials = buffers.upload('partials', new Float32Array((sliceCount + 2) * sliceLength).fill(Number.NaN));
    using commands = new CommandBatch(gpu, 'test');
    gramian.encode(commands, {
      buffers: { factors: buffers.upload('factors', padRows(factors, { factors: rank, rowCount })), partials },
      params: { row_count: rowCount, rows_per_slice: rowsPerSlice, slice_count: sliceCount, first_slice: 1 },
      overrides: { rank_vectors: rankVectors, workgroup_size: workgroupSize },
      workgroups: gramianWorkgroups(sliceCount, { rankVectors, workgroupSize }),
    });
    commands.submit();
    const written = await readFloats(gpu, partials);
    const slice = (number: number): Float32Array => written.subarray(number * sliceLength, (number + 1) * sliceLength);
    expect(slice(0).every(Number.isNaN)).toBe(true);
    expect(slice(sliceCount + 1).every(Number.isNaN)).toBe(true);
    return Array.from({ length: sliceCount }, (_, number) => slice(number + 1));
  }, limits);
}

for (const rank of [1, 4, 5, 8, 9, 32, 64]) {
  test.each([0, 1, 5, 6, 7, 12, 31])(`slices of %i rows at rank ${rank}`, async (rowCount) => {
    const factors = randomNumbers(rowCount * rank, { seed: 7 + rowCount + rank });
    const stride = 4 * Math.ceil(rank / 4);
    for (const [slice, partial] of (await partialsOf(factors, { rank })).entries()) {
      const own = factors.subarray(slice * rowsPerSlice * rank, (slice + 1) * rowsPerSlice * rank);
      const wanted = referenceGramian(own, rank);
      for (let i = 0; i < stride; i++) {
        for (let j = i; j < stride; j++) {
          const expected = i < rank && j < rank ? wanted[i * rank + j]! : 0;
          // Six products below 1, one rounding of 6e-8 each.
          expect(Math.abs(partial[i * stride + j]! - expected), `slice ${slice}, ${i}, ${j}`).toBeLessThan(4e-7);
        }
      }
    }
  });
}

test('neither the workgroup nor a grid of several rows changes a bit', async () => {
  const rank = 12;
  const factors = randomNumbers(50 * rank, { seed: 3 });
  const once = await partialsOf(factors, { rank });
  expect(await partialsOf(factors, { rank })).toEqual(once);
  expect(await partialsOf(factors, { rank, workgroupSize: 64 })).toEqual(once);
  expect(
    await partialsOf(factors, { rank, limits: { maxComputeWorkgroupsPerDimension: 2 }, workgroupSize: 7 }),
  ).toEqual(once);
});
