import { expect, test } from 'vitest';
import type { EmbeddingRows, EmbeddingTable } from '../../../src/backends/embedding-table.ts';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { WebGpuEmbeddingTable } from '../../../src/backends/webgpu/scoring/webgpu-embedding-table.ts';
import { createWebGpuBackend } from '../../../src/backends/webgpu/webgpu-backend.ts';
import { DeviceLostError } from '../../../src/errors.ts';
import { type GpuLimits, openGpu } from '../../../src/gpu/device.ts';
import { embeddingSuite } from '../../support/suites/embedding-suite.ts';
import { requestGpu } from '../../support/gpu.ts';
import { randomNumbers } from '../../support/synthetic.ts';
import { validated } from '../../support/validated-gpu.ts';

function withTable<Result>(
  rows: EmbeddingRows,
  work: (table: EmbeddingTable) => Promise<Result>,
  limits: Partial<GpuLimits> = {},
): Promise<Result> {
  return validated(async (gpu) => {
    const table = new WebGpuEmbeddingTable(gpu, rows);
    try {
      return await work(table);
    } finally {
      table.dispose();
    }
  }, limits);
}

embeddingSuite('webgpu', async () => createWebGpuBackend({ exact: createCpuBackend(), gpu: await requestGpu() }));

test('pages and chunks of lowered limits change no bit of a look-up, and bags only by rounding', async () => {
  const table = { factors: 6, rowCount: 700, rows: randomNumbers(700 * 6, { seed: 1 }) };
  const rows = Uint32Array.from({ length: 400 }, (_, place) => (place * 37) % 700);
  const bags = {
    offsets: Uint32Array.of(0, 3, 3, 200, 400),
    rows,
    weights: randomNumbers(400, { seed: 8 }),
    mode: 'sum',
  } as const;
  const everything = async (embedding: EmbeddingTable): Promise<Float32Array[]> => [
    await embedding.gather(rows),
    await embedding.bag(bags),
  ];
  const [gathered, sums] = await withTable(table, everything);
  // 32 bytes a padded row: pages of 256 rows, chunks of as many.
  const [loweredRows, loweredSums] = await withTable(table, everything, { maxStorageBufferBindingSize: 8192 });
  expect(loweredRows).toEqual(gathered);
  // Bags are summed page by page: up to 200 products below 1, in another order.
  for (const [place, value] of sums!.entries()) expect(loweredSums![place]).toBeCloseTo(value, 4);
});

test('a device lost before the call is an error by name', async () => {
  const gpu = await openGpu({ gpu: await requestGpu() });
  const table = new WebGpuEmbeddingTable(gpu, { factors: 4, rowCount: 2, rows: new Float32Array(8) });
  gpu.device.destroy();
  await gpu.lost;
  await expect(table.gather(Uint32Array.of(1))).rejects.toBeInstanceOf(DeviceLostError);
  table.dispose();
});
