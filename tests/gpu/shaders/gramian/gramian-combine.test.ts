import { expect, test } from 'vitest';
import { BufferScope } from '../../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../../src/gpu/command-batch.ts';
import type { GpuLimits } from '../../../../src/gpu/device.ts';
import { gramianCombine, gramianCombineWorkgroups } from '../../../../src/shaders/gramian/gramian-combine.ts';
import { readFloats } from '../../../support/read-floats.ts';
import { randomNumbers } from '../../../support/synthetic.ts';
import { validated } from '../../../support/validated-gpu.ts';

/** The sum of the first `sliceCount` of `partials`, of `rank × rank` numbers each; `rank` is a multiple of 4. */
function combine(
  partials: Float32Array,
  options: { rank: number; sliceCount: number; workgroupSize?: number; limits?: Partial<GpuLimits> },
): Promise<Float32Array> {
  const { rank, sliceCount, workgroupSize = 8, limits = {} } = options;
  return validated(async (gpu) => {
    using buffers = new BufferScope(gpu, 'test');
    const target = buffers.upload('Gramian', new Float32Array(rank ** 2 + 4).fill(Number.NaN));
    using commands = new CommandBatch(gpu, 'test');
    gramianCombine.encode(commands, {
      buffers: { partials: buffers.upload('partials', partials), gramian: target },
      params: { slice_count: sliceCount },
      overrides: { rank_vectors: rank / 4, workgroup_size: workgroupSize },
      workgroups: gramianCombineWorkgroups(rank / 4, workgroupSize),
    });
    commands.submit();
    const sums = await readFloats(gpu, target);
    // Nothing is written past the end.
    expect(sums.subarray(rank ** 2).every(Number.isNaN)).toBe(true);
    return sums.subarray(0, rank ** 2);
  }, limits);
}

/** Slices whose lower triangles are NaN, as nobody writes them; and the sums of the upper ones, in order, in float32. */
function slicesOf(sliceCount: number, rank: number): { partials: Float32Array; sums: Float32Array } {
  const partials = randomNumbers(sliceCount * rank ** 2, { seed: sliceCount + rank });
  const sums = new Float32Array(rank ** 2);
  for (let place = 0; place < partials.length; place++) {
    const cell = place % rank ** 2;
    const row = Math.floor(cell / rank);
    const column = cell % rank;
    if (row > column) partials[place] = Number.NaN;
    // Stored as float32, so that each addition rounds as the GPU's does.
    else sums[cell]! += partials[place]!;
    if (row < column) sums[column * rank + row] = sums[cell]!;
  }
  return { partials, sums };
}

for (const rank of [4, 8, 32, 64]) {
  test.each([0, 1, 2, 3, 65])(`%i slices of rank ${rank}: in order, to the bit`, async (sliceCount) => {
    const { partials, sums } = slicesOf(sliceCount, rank);
    expect(await combine(partials, { rank, sliceCount })).toEqual(sums);
    const limits = { maxComputeWorkgroupsPerDimension: Math.ceil(Math.sqrt(rank ** 2 / 8)) };
    expect(await combine(partials, { rank, sliceCount, limits })).toEqual(sums);
  });
}

test('slices past the count do not matter', async () => {
  const { partials, sums } = slicesOf(3, 8);
  const more = Float32Array.of(...partials, ...partials.map(() => Number.NaN));
  expect(await combine(more, { rank: 8, sliceCount: 3, workgroupSize: 64 })).toEqual(sums);
  // The first of these is one that nobody wrote: all of the result comes from it.
  expect(
    (
      await combine(
        partials.map(() => Number.NaN),
        { rank: 8, sliceCount: 1 },
      )
    ).every(Number.isNaN),
  ).toBe(true);
});
