import { BufferScope } from '../../src/gpu/buffers.ts';
import { CommandBatch } from '../../src/gpu/command-batch.ts';
import { type GpuDevice, largestBinding } from '../../src/gpu/device.ts';
import { defineKernel } from '../../src/gpu/kernel.ts';
import type { DispatchTrace } from './dispatch-trace.ts';
import multiplyAddCode from './roof-multiply-add.wgsl?raw';
import readCode from './roof-read.wgsl?raw';

/** What a device does at best, measured by kernels that do nothing else. */
export interface Roofs {
  /** Bytes a second from a buffer far above any cache. */
  readonly memory: number;
  /** Bytes a second from 8 MB read again and again. */
  readonly cache: number;
  /** float32 operations a second; a multiply-add is two. */
  readonly flops: number;
}

export const roofRead = defineKernel({
  name: 'roof-read',
  code: readCode,
  buffers: { source: 'read array<vec4f>', sums: 'read-write array<vec4f>' },
  params: { length: 'u32', pass_count: 'u32', invocation_count: 'u32' },
  overrides: { workgroup_size: 'u32' },
});

export const roofMultiplyAdd = defineKernel({
  name: 'roof-multiply-add',
  code: multiplyAddCode,
  buffers: { sums: 'read-write array<vec4f>' },
  params: { step_count: 'u32', invocation_count: 'u32' },
  overrides: { workgroup_size: 'u32' },
});

const cacheByteLength = 8 * 2 ** 20;
const rounds = 5;

/** The best of five runs of each. */
export async function measureRoofs(gpu: GpuDevice, trace: DispatchTrace): Promise<Roofs> {
  const overrides = { workgroup_size: gpu.isSoftware ? 16 : 256 };
  const invocationCount = gpu.isSoftware ? 2 ** 10 : 2 ** 18;
  const workgroups = invocationCount / overrides.workgroup_size;
  const memoryByteLength = gpu.isSoftware ? 2 ** 26 : Math.min(2 ** 28, largestBinding(gpu.limits));
  const cachePasses = gpu.isSoftware ? 8 : 64;
  const stepCount = gpu.isSoftware ? 2 ** 12 : 2 ** 14;
  using buffers = new BufferScope(gpu, 'roofs');
  const sums = buffers.create('sums', 16 * invocationCount);
  const source = buffers.create('source', memoryByteLength);
  const best = async (encode: (commands: CommandBatch) => void): Promise<number> => {
    let least = Infinity;
    for (let round = 0; round < rounds; round++) {
      const commands = new CommandBatch(gpu, 'roof');
      encode(commands);
      commands.submit();
      for (const { elapsedMs } of await trace.take()) least = Math.min(least, elapsedMs);
    }
    return least / 1000;
  };
  const read = (byteLength: number, pass_count: number): Promise<number> =>
    best((commands) =>
      roofRead.encode(commands, {
        buffers: { source: { buffer: source, offset: 0, size: byteLength }, sums },
        params: { length: byteLength / 16, pass_count, invocation_count: invocationCount },
        overrides,
        workgroups,
      }),
    );
  const multiplyAdd = await best((commands) =>
    roofMultiplyAdd.encode(commands, {
      buffers: { sums },
      params: { step_count: stepCount, invocation_count: invocationCount },
      overrides,
      workgroups,
    }),
  );
  return {
    memory: memoryByteLength / (await read(memoryByteLength, 1)),
    cache: (cacheByteLength * cachePasses) / (await read(cacheByteLength, cachePasses)),
    flops: (2 * 8 * 4 * stepCount * invocationCount) / multiplyAdd,
  };
}
