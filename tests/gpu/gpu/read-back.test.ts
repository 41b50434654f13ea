import { expect, test } from 'vitest';
import { DeviceLostError } from '../../../src/errors.ts';
import { BufferScope } from '../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../src/gpu/command-batch.ts';
import { openGpu } from '../../../src/gpu/device.ts';
import { ReadBack } from '../../../src/gpu/read-back.ts';
import { GpuTimer } from '../../../src/gpu/timer.ts';
import { encodeGatherRows } from '../../../src/shaders/rows/gather-rows.ts';
import { requestGpu } from '../../support/gpu.ts';
import { validated } from '../../support/validated-gpu.ts';

test('results and times come back together, again and again, growing where needed', async () => {
  await validated(async (gpu) => {
    using buffers = new BufferScope(gpu, 'test');
    using timer = new GpuTimer(gpu);
    using readBack = new ReadBack(gpu, 'test');
    for (const rowCount of [3, 1, 200]) {
      const table = Float32Array.from({ length: 4 * rowCount }, (_, place) => place);
      const output = buffers.create('output', table.byteLength);
      using commands = new CommandBatch(gpu, 'test');
      commands.span(timer, 'gather');
      encodeGatherRows(commands, {
        rows: buffers.upload(
          'rows',
          Uint32Array.from({ length: rowCount }, (_, row) => rowCount - 1 - row),
        ),
        rowCount,
        rankVectors: 1,
        pages: [{ buffer: buffers.upload('table', table), firstRow: 0, rowCount }],
        output,
      });
      // An odd number of words first, so that the second range needs its alignment.
      const ranges = [{ buffer: output, size: 4 }, output];
      timer.elapsedMs.clear();
      const parts = await readBack.submit(commands, { ranges, timer });
      expect([...new Float32Array(parts[0]!)]).toEqual([4 * (rowCount - 1)]);
      expect([...new Float32Array(parts[1]!)].slice(-4)).toEqual([0, 1, 2, 3]);
      expect([...timer.elapsedMs.keys()]).toEqual(gpu.device.features.has('timestamp-query') ? ['gather'] : []);
      for (const spanMs of timer.elapsedMs.values()) expect(spanMs).toBeGreaterThanOrEqual(0);
    }
  });
});

test('times add up until they are cleared', async () => {
  await validated(async (gpu) => {
    using timer = new GpuTimer(gpu);
    using readBack = new ReadBack(gpu, 'test');
    const readTwoSpans = async (): Promise<number> => {
      using commands = new CommandBatch(gpu, 'test');
      commands.span(timer, 'span');
      commands.span(timer, 'span');
      await readBack.submit(commands, { ranges: [], timer });
      return timer.elapsedMs.get('span') ?? 0;
    };
    const once = await readTwoSpans();
    expect(await readTwoSpans()).toBeGreaterThanOrEqual(once);
    expect(timer.elapsedMs.size).toBe(gpu.device.features.has('timestamp-query') ? 1 : 0);
  });
});

test('without ranges it only waits', async () => {
  await validated(async (gpu) => {
    using readBack = new ReadBack(gpu, 'test');
    const parts = await readBack.submit(new CommandBatch(gpu, 'test'), { ranges: [] });
    expect(parts).toEqual([]);
  });
});

test('a device lost during the wait is an error by name', async () => {
  const gpu = await openGpu({ gpu: await requestGpu() });
  using buffers = new BufferScope(gpu, 'test');
  using readBack = new ReadBack(gpu, 'test');
  const reading = readBack.submit(new CommandBatch(gpu, 'test'), { ranges: [buffers.create('values', 64)] });
  gpu.device.destroy();
  await expect(reading).rejects.toBeInstanceOf(DeviceLostError);
});
