/** What a kernel makes of its declaration, on a device that only notes what it is asked for. */
import { expect, test } from 'vitest';
import type { CommandBatch } from '../../../src/gpu/command-batch.ts';
import type { GpuDevice } from '../../../src/gpu/device.ts';
import { defineKernel } from '../../../src/gpu/kernel.ts';

const declaration = {
  name: 'scale',
  code: '',
  buffers: { source: 'read array<f32>', target_values: 'read-write array<f32>' },
  params: { count: 'u32', factor: 'f32' },
  overrides: { workgroup_size: 'u32', is_wide: 'bool' },
} as const;
const scale = defineKernel(declaration);
const range = { buffer: {} as GPUBuffer, offset: 0, size: 16 };
const overrides = { workgroup_size: 8, is_wide: true };
const call = {
  buffers: { target_values: range, source: { ...range, offset: 256 } },
  params: { factor: 0.5, count: 7 },
  overrides,
  workgroups: 3,
};

/** A device and a batch of commands, and the descriptors that they were given. */
function noting() {
  const noted: Record<string, unknown[]> = {};
  const note =
    (name: string) =>
    (...given: unknown[]): unknown => {
      (noted[name] ??= []).push(...given);
      return { label: name };
    };
  const device = Object.fromEntries(
    ['BindGroupLayout', 'BindGroup', 'PipelineLayout', 'ShaderModule', 'ComputePipeline', 'ComputePipelineAsync'].map(
      (what) => [`create${what}`, note(what)],
    ),
  );
  const gpu = {
    device,
    limits: { maxComputeWorkgroupsPerDimension: 65_535, maxStorageBufferBindingSize: 1024 },
    throwIfUnusable: () => {},
    orLost: (pending: unknown) => pending,
  } as unknown as GpuDevice;
  const pass = { setPipeline: () => {}, setBindGroup: () => {}, dispatchWorkgroups: note('dispatch') };
  const commands = { gpu, pass, writeUniform: note('uniform') } as unknown as CommandBatch;
  return { gpu, commands, noted };
}

test('bindings come in the order of the declaration, the parameters last', () => {
  const { commands, noted } = noting();
  scale.encode(commands, call);
  expect(noted['BindGroupLayout']).toMatchObject([
    {
      label: 'scale',
      entries: [
        { binding: 0, buffer: { type: 'read-only-storage' } },
        { binding: 1, buffer: { type: 'storage' } },
        { binding: 2, buffer: { type: 'uniform' } },
      ],
    },
  ]);
  expect(noted['BindGroup']).toMatchObject([
    {
      entries: [
        { binding: 0, resource: { offset: 256 } },
        { binding: 1, resource: { offset: 0 } },
        { binding: 2, resource: { label: 'uniform' } },
      ],
    },
  ]);
  const bytes = noted['uniform']![0] as Uint8Array<ArrayBuffer>;
  expect(new Uint32Array(bytes.buffer)[0]).toBe(7);
  expect(new Float32Array(bytes.buffer)[1]).toBe(0.5);
  expect(noted['dispatch']).toEqual([3, 1]);
});

test('overrides become constants of the pipeline, which is made once for each set of them', async () => {
  const { gpu, commands, noted } = noting();
  await scale.compile(gpu, { is_wide: true, workgroup_size: 8 });
  await scale.compile(gpu, overrides);
  scale.encode(commands, call);
  expect(noted['ComputePipelineAsync']).toMatchObject([
    {
      label: 'scale {"workgroup_size":8,"is_wide":1}',
      compute: { entryPoint: 'main', constants: { workgroup_size: 8, is_wide: 1 } },
    },
  ]);
  expect(noted['ComputePipeline']).toBeUndefined();
  scale.encode(commands, { ...call, overrides: { ...overrides, is_wide: false } });
  expect(noted['ComputePipeline']).toMatchObject([{ compute: { constants: { workgroup_size: 8, is_wide: 0 } } }]);
});

test('a kernel without parameters has no uniform', () => {
  const { commands, noted } = noting();
  defineKernel({ ...declaration, params: {} }).encode(commands, { ...call, params: {} });
  expect(noted['uniform']).toBeUndefined();
  expect(noted['BindGroupLayout']).toMatchObject([{ entries: [{ binding: 0 }, { binding: 1 }] }]);
  expect(noted['BindGroup']).toMatchObject([{ entries: [{ binding: 0 }, { binding: 1 }] }]);
});

const { workgroup_size: workgroupSize } = overrides;
const faults: readonly (readonly [string, object, RegExp])[] = [
  [
    'an unknown override',
    { overrides: { ...overrides, lanes: 4 } },
    /^Internal: kernel scale has no override lanes; it has workgroup_size, is_wide\.$/,
  ],
  [
    'a missing override',
    { overrides: { workgroup_size: workgroupSize } },
    /^Internal: kernel scale was given no override is_wide; it needs workgroup_size, is_wide\.$/,
  ],
  [
    'an unknown parameter',
    { params: { ...call.params, rank: 4 } },
    /^Internal: kernel scale has no parameter rank; it has count, factor\.$/,
  ],
  [
    'a missing parameter',
    { params: { count: 7 } },
    /^Internal: kernel scale was given no parameter factor; it needs count, factor\.$/,
  ],
  [
    'an unknown buffer',
    { buffers: { ...call.buffers, rows: range } },
    /^Internal: kernel scale has no buffer rows; it has source, target_values\.$/,
  ],
  [
    'a missing buffer',
    { buffers: { source: range } },
    /^Internal: kernel scale was given no buffer target_values; it needs source, target_values\.$/,
  ],
];

test.each(faults)('%s throws by name, and nothing is dispatched', (_, changed, message) => {
  const { commands, noted } = noting();
  expect(() => scale.encode(commands, { ...call, ...changed })).toThrow(message);
  expect(noted['dispatch']).toBeUndefined();
});

test.each(faults.filter(([, changed]) => 'overrides' in changed))(
  '%s throws by name when compiling',
  async (_, changed, message) => {
    const { gpu } = noting();
    const { overrides: given } = { overrides, ...changed };
    await expect(scale.compile(gpu, given)).rejects.toThrow(message);
  },
);

test('a kernel without parameters says that it has none', () => {
  const { commands } = noting();
  const plain = defineKernel({ ...declaration, params: {} });
  expect(() => plain.encode(commands, call)).toThrow(/kernel scale has no parameter \w+; it has none\.$/);
});

test('the types of a call follow from the declaration', () => {
  const { commands } = noting();
  // @ts-expect-error: a bool is no number
  scale.encode(commands, { ...call, overrides: { workgroup_size: 8, is_wide: 1 } });
  // @ts-expect-error: a number is no bool
  scale.encode(commands, { ...call, overrides: { workgroup_size: true, is_wide: true } });
  // @ts-expect-error: no factor
  expect(() => scale.encode(commands, { ...call, params: { count: 7 } })).toThrow(/no parameter factor/);
  // @ts-expect-error: there is no scale
  expect(() => scale.encode(commands, { ...call, params: { count: 7, factor: 1, scale: 2 } })).toThrow(/scale/);
  // @ts-expect-error: no target
  expect(() => scale.encode(commands, { ...call, buffers: { source: range } })).toThrow(/target_values/);
});
