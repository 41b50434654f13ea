import { expect, test } from 'vitest';
import { BufferScope } from '../../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../../src/gpu/command-batch.ts';
import { rotateRows, rotateRowsWorkgroups } from '../../../../src/shaders/rows/rotate-rows.ts';
import { readFloats } from '../../../support/read-floats.ts';
import { randomNumbers } from '../../../support/synthetic.ts';
import { validated } from '../../../support/validated-gpu.ts';

const rotate = (factors: Float32Array, basis: Float32Array, shape: { rank: number; workgroupSize: number }) =>
  validated(async (gpu) => {
    using buffers = new BufferScope(gpu, 'test');
    const rankVectors = shape.rank / 4;
    const rowCount = factors.length / shape.rank;
    // A row more, that no one may touch.
    const target = buffers.upload('factors', Float32Array.of(...factors, ...basis.slice(0, shape.rank).fill(7)));
    const commands = new CommandBatch(gpu, 'test');
    rotateRows.encode(commands, {
      buffers: { factors: target, basis: buffers.upload('basis', basis) },
      params: { row_count: rowCount },
      overrides: { rank_vectors: rankVectors, workgroup_size: shape.workgroupSize },
      workgroups: rotateRowsWorkgroups(rowCount) + 1,
    });
    commands.submit();
    const turned = await readFloats(gpu, target);
    expect(turned.subarray(factors.length).every((value) => value === 7)).toBe(true);
    return turned.subarray(0, factors.length);
  });

test.each([
  [4, 1],
  [4, 0],
  [8, 15],
  [8, 16],
  [32, 17],
  [36, 33],
  [64, 40],
  [256, 5],
])('rank %i, %i rows', async (rank, rowCount) => {
  const factors = randomNumbers(rowCount * rank, { seed: rank, scale: 1 });
  const basis = randomNumbers(rank * rank, { seed: 2, scale: 1 });
  const turned = await rotate(factors, basis, { rank, workgroupSize: 16 });
  for (let row = 0; row < rowCount; row++) {
    for (let j = 0; j < rank; j++) {
      let wanted = 0;
      for (let i = 0; i < rank; i++) wanted += factors[row * rank + i]! * basis[i * rank + j]!;
      // Up to 256 products of numbers below 1, each rounded by 6e-8.
      expect(Math.abs(turned[row * rank + j]! - wanted)).toBeLessThan(1e-5);
    }
  }
  expect(await rotate(factors, basis, { rank, workgroupSize: 64 })).toEqual(turned);
});
