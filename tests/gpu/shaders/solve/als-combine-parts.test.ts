import { expect, test } from 'vitest';
import { BufferScope } from '../../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../../src/gpu/command-batch.ts';
import type { GpuLimits } from '../../../../src/gpu/device.ts';
import { alsCombineParts } from '../../../../src/shaders/solve/als-combine-parts.ts';
import { systemByteLength } from '../../../../src/shaders/solve/als-normal-equations.ts';
import { readFloats } from '../../../support/read-floats.ts';
import { randomNumbers } from '../../../support/synthetic.ts';
import { validated } from '../../../support/validated-gpu.ts';

/** The systems after the parts of each row were added up. */
function combine(
  systems: Float32Array,
  options: { rankVectors: number; parts: Uint32Array; workgroupSize?: number; limits?: Partial<GpuLimits> },
): Promise<Float32Array> {
  const { rankVectors, parts, workgroupSize = 64, limits = {} } = options;
  return validated(async (gpu) => {
    const rowCount = parts.length / 2;
    using buffers = new BufferScope(gpu, 'test');
    const target = buffers.upload('systems', systems);
    using commands = new CommandBatch(gpu, 'test');
    alsCombineParts.encode(commands, {
      buffers: { parts: buffers.upload('parts', parts), systems: target },
      params: { row_count: rowCount },
      overrides: { rank_vectors: rankVectors, workgroup_size: workgroupSize },
      workgroups: Math.ceil((rowCount * systemByteLength(rankVectors)) / 16 / workgroupSize),
    });
    commands.submit();
    return readFloats(gpu, target);
  }, limits);
}

/** Rows with so many further parts each, one after another behind the first parts, and their sums in float32. */
function partsOf(counts: readonly number[], rankVectors: number) {
  const length = systemByteLength(rankVectors) / 4;
  const parts = new Uint32Array(2 * counts.length);
  let end = counts.length;
  for (const [row, count] of counts.entries()) {
    parts.set([end, end + count], 2 * row);
    end += count;
  }
  const systems = randomNumbers(end * length, { seed: 1 + counts.length });
  const sums = systems.slice();
  for (let row = 0; row < counts.length; row++) {
    for (let part = parts[2 * row]!; part < parts[2 * row + 1]!; part++) {
      // In their order, each sum stored as float32: as the GPU rounds it.
      for (let place = 0; place < length; place++) sums[row * length + place]! += systems[part * length + place]!;
    }
  }
  return { parts, systems, sums };
}

test.each([1, 2, 9])('parts of each row in order, to the bit, and nothing else: %i vectors', async (rankVectors) => {
  for (const counts of [[0], [1], [3, 0, 1, 64], [0, 0, 2]]) {
    const { parts, systems, sums } = partsOf(counts, rankVectors);
    expect(await combine(systems, { rankVectors, parts })).toEqual(sums);
  }
});

test('neither the workgroup nor a grid of several rows changes a bit', async () => {
  const { parts, systems, sums } = partsOf([2, 1, 5], 5);
  expect(await combine(systems, { rankVectors: 5, parts, workgroupSize: 8 })).toEqual(sums);
  expect(await combine(systems, { rankVectors: 5, parts, limits: { maxComputeWorkgroupsPerDimension: 3 } })).toEqual(
    sums,
  );
});
