import { expect, test } from 'vitest';
import { DeviceLostError, DisposedError, GpuLimitError, GpuUnavailableError } from '../../../src/errors.ts';
import { BufferScope } from '../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../src/gpu/command-batch.ts';
import { openGpu } from '../../../src/gpu/device.ts';
import { defineKernel, workgroupGrid } from '../../../src/gpu/kernel.ts';
import { GpuTimer } from '../../../src/gpu/timer.ts';
import { ReadBack, readBuffers } from '../../../src/gpu/read-back.ts';
import { requestGpu } from '../../support/gpu.ts';
import { readFloats } from '../../support/read-floats.ts';

const code = `
struct Params { count: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> target_values: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;
override workgroup_size: u32;
@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * groups.x + group.x) * workgroup_size + lane;
  if (index >= params.count) { return; }
  target_values[index] = source[index] * params.scale;
}`;

const scale = defineKernel({
  name: 'scale',
  code,
  buffers: { source: 'read array<f32>', target_values: 'read-write array<f32>' },
  params: { count: 'u32', scale: 'f32' },
  overrides: { workgroup_size: 'u32' },
});

test('a kernel runs by name, over more workgroups than one dimension allows', async () => {
  using gpu = await openGpu({ gpu: await requestGpu(), limits: { maxComputeWorkgroupsPerDimension: 3 } });
  using buffers = new BufferScope(gpu, 'test');
  const count = 4 * 7 + 1;
  const source = buffers.upload(
    'source',
    Float32Array.from({ length: count }, (_, index) => index),
  );
  const target = buffers.upload('target', new Float32Array(count).fill(Number.NaN));
  await scale.compile(gpu, { workgroup_size: 4 });
  using timer = new GpuTimer(gpu);
  using commands = new CommandBatch(gpu, 'test');
  commands.span(timer, 'scale');
  scale.encode(commands, {
    buffers: { source, target_values: { buffer: target, offset: 0, size: target.size } },
    params: { count, scale: 0.5 },
    overrides: { workgroup_size: 4 },
    workgroups: Math.ceil(count / 4),
  });
  using readBack = new ReadBack(gpu, 'test');
  const [bytes] = await readBack.submit(commands, { ranges: [{ buffer: target, size: 4 * count }], timer });
  expect(new Float32Array(bytes!)).toEqual(Float32Array.from({ length: count }, (_, index) => index / 2));
  expect([...timer.elapsedMs.keys()]).toEqual(gpu.device.features.has('timestamp-query') ? ['scale'] : []);
});

test('several ranges come back in one read', async () => {
  using gpu = await openGpu({ gpu: await requestGpu() });
  using buffers = new BufferScope(gpu, 'test');
  const words = buffers.upload('words', new Uint32Array([1, 2, 3, 4, 5]));
  const [tail, head] = await readBuffers(gpu, [
    { buffer: words, offset: 12, size: 8 },
    { buffer: words, offset: 0, size: 4 },
  ]);
  expect([...new Uint32Array(tail!)]).toEqual([4, 5]);
  expect([...new Uint32Array(head!)]).toEqual([1]);
});

test('grids stay within the limit and cover every workgroup', () => {
  const limits = { maxComputeWorkgroupsPerDimension: 10, maxBufferSize: 0, maxStorageBufferBindingSize: 0 };
  expect(workgroupGrid(0, { limits })).toEqual([0, 1]);
  expect(workgroupGrid(10, { limits })).toEqual([10, 1]);
  expect(workgroupGrid(11, { limits })).toEqual([6, 2]);
  expect(workgroupGrid(100, { limits })).toEqual([10, 10]);
  expect(() => workgroupGrid(101, { limits })).toThrow(GpuLimitError);
});

test('a WGSL mistake is an error with its line', async () => {
  using gpu = await openGpu({ gpu: await requestGpu() });
  const broken = defineKernel({
    name: 'broken',
    code: '@compute @workgroup_size(1)\nfn main() {\n  let x: f32 = 1u;\n}',
    buffers: {},
    params: {},
    overrides: {},
  });
  await expect(broken.compile(gpu, {})).rejects.toThrow(/broken\.wgsl:3: .*f32/);
  // Chromium 147 never answers a second getCompilationInfo() of one module.
  await expect(broken.compile(gpu, {})).rejects.toThrow(/broken\.wgsl:3: /);
});

test('a kernel compiles for several sets of overrides, at once and one after another', async () => {
  using gpu = await openGpu({ gpu: await requestGpu() });
  await Promise.all([scale.compile(gpu, { workgroup_size: 1 }), scale.compile(gpu, { workgroup_size: 2 })]);
  await scale.compile(gpu, { workgroup_size: 8 });
  await scale.compile(gpu, { workgroup_size: 8 });
  expect(() => gpu.throwIfFailed()).not.toThrow();
  // More invocations than a workgroup can have: the kernel compiles, the pipeline does not.
  await expect(scale.compile(gpu, { workgroup_size: 100_000 })).rejects.toThrow(/scale \{"workgroup_size":100000\}/);
});

test('the three ways to have no GPU have three messages', async () => {
  const none = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  await expect(openGpu({ gpu: none })).rejects.toThrow(/no adapter/);
  const real = await (await requestGpu()).requestAdapter();
  const adapter = { features: real!.features, limits: real!.limits, info: real!.info };
  const refusing = {
    requestAdapter: () =>
      Promise.resolve({ ...adapter, requestDevice: () => Promise.reject(new Error('too many devices')) }),
  } as unknown as GPU;
  await expect(openGpu({ gpu: refusing })).rejects.toThrow(/gave no device: Error: too many devices/);
  await expect(openGpu({ gpu: refusing })).rejects.toBeInstanceOf(GpuUnavailableError);
});

test('adapter facts are told', async () => {
  using gpu = await openGpu({ gpu: await requestGpu() });
  expect(gpu.adapterName).not.toBe('');
  expect(gpu.adapterName.includes('(software)')).toBe(gpu.isSoftware);
  expect(gpu.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(2 ** 27);
});

test('a lost device rejects a pending read and reports its loss once', async () => {
  const gpu = await openGpu({ gpu: await requestGpu() });
  using buffers = new BufferScope(gpu, 'test');
  const buffer = buffers.create('values', 64);
  const reading = readFloats(gpu, buffer);
  gpu.device.destroy();
  await expect(reading).rejects.toBeInstanceOf(DeviceLostError);
  expect(await gpu.lost).not.toBe('');
  expect(() => gpu.throwIfUnusable()).toThrow(DeviceLostError);
  await expect(readFloats(gpu, buffer)).rejects.toBeInstanceOf(DeviceLostError);
  expect(() => new CommandBatch(gpu, 'late')).toThrow(DeviceLostError);
});

test('a map that never settles is rejected by the loss', async () => {
  const gpu = await openGpu({ gpu: await requestGpu() });
  const waiting = gpu.orLost(new Promise<never>(() => {}));
  gpu.device.destroy();
  await expect(waiting).rejects.toBeInstanceOf(DeviceLostError);
});

test('disposing is no loss, and may be done twice', async () => {
  const gpu = await openGpu({ gpu: await requestGpu() });
  const waiting = gpu.orLost(new Promise<never>(() => {}));
  gpu.dispose();
  gpu.dispose();
  await expect(waiting).rejects.toBeInstanceOf(DisposedError);
  await gpu.device.lost;
  const outcome = await Promise.race([gpu.lost, new Promise((resolve) => setTimeout(() => resolve('no loss'), 20))]);
  expect(outcome).toBe('no loss');
  expect(() => gpu.throwIfUnusable()).toThrow(DisposedError);
});

test('a buffer or a binding above the limit is refused with the numbers', async () => {
  using gpu = await openGpu({
    gpu: await requestGpu(),
    limits: { maxBufferSize: 1024, maxStorageBufferBindingSize: 512 },
  });
  using buffers = new BufferScope(gpu, 'test');
  expect(() => buffers.create('rows', 1040)).toThrow(/rows needs 1040 bytes.*end at 1024/);
  const large = buffers.create('large', 1024);
  using commands = new CommandBatch(gpu, 'test');
  const call = { params: { count: 1, scale: 1 }, overrides: { workgroup_size: 1 }, workgroups: 1 };
  expect(() => scale.encode(commands, { ...call, buffers: { source: large, target_values: large } })).toThrow(
    GpuLimitError,
  );
});

test('a refused command surfaces with the next read', async () => {
  using gpu = await openGpu({ gpu: await requestGpu() });
  using buffers = new BufferScope(gpu, 'test');
  const buffer = buffers.create('values', 64);
  await expect(readFloats(gpu, { buffer, size: 128 })).rejects.toThrow();
  expect(await readFloats(gpu, buffer)).toHaveLength(16);
});
