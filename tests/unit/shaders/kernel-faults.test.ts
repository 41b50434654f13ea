/** The comparison of a declaration with its WGSL finds what is planted, on either side. */
import { expect, test } from 'vitest';
import { gramian } from '../../../src/shaders/gramian/gramian.ts';
import { alsLoss } from '../../../src/shaders/solve/als-loss.ts';
import type { KernelDeclaration } from '../../../src/gpu/kernel.ts';
import { kernelFaults } from '../../support/shaders/kernel-faults.ts';
import { wgslInterface } from '../../support/shaders/wgsl-interface.ts';

/** By hand, with what a reader of WGSL may stumble over. */
const small: KernelDeclaration = {
  name: 'small',
  code: `
    struct Params { count: u32, /* scale: u32 */ scale: f32, } // not: u32
    // @group(0) @binding(0) var<storage, read> gone: array<f32>;
    @group(0) @binding(1)
    var<storage, read_write> target_values: array<vec4<f32>>;
    @group(0) @binding(0) var<storage> source: array<f32>;
    @group(0) @binding(2) var<uniform> params: Params;
    override workgroup_size: u32; // override other: u32;
    override is_wide: bool;
    override half: u32 = workgroup_size / 2u;
    @compute @workgroup_size(workgroup_size, 1, 1)
    fn main(@builtin(global_invocation_id) id: vec3u) { target_values[id.x] = vec4f(source[id.x]); }`,
  buffers: { source: 'read array<f32>', target_values: 'read-write array<vec4<f32>>' },
  params: { count: 'u32', scale: 'f32' },
  overrides: { is_wide: 'bool', workgroup_size: 'u32' },
};

test('an interface by hand', () => {
  expect(wgslInterface(small.code)).toEqual({
    bindings: [
      { group: 0, binding: 1, name: 'target_values', space: 'storage', access: 'read_write', type: 'array<vec4<f32>>' },
      { group: 0, binding: 0, name: 'source', space: 'storage', access: 'read', type: 'array<f32>' },
      { group: 0, binding: 2, name: 'params', space: 'uniform', access: 'read', type: 'Params' },
    ],
    params: [
      { name: 'count', type: 'u32' },
      { name: 'scale', type: 'f32' },
    ],
    overrides: [
      { name: 'workgroup_size', type: 'u32', value: null },
      { name: 'is_wide', type: 'bool', value: null },
      { name: 'half', type: 'u32', value: 'workgroup_size / 2u' },
    ],
    structs: {
      Params: [
        { name: 'count', type: 'u32' },
        { name: 'scale', type: 'f32' },
      ],
    },
    entryPoints: ['main'],
  });
});

test.each([
  [
    'fields in another order',
    '  first_entry: u32,    // entries first_entry … end_entry of `columns` and `weights`\n  end_entry: u32,',
    '  end_entry: u32,\n  first_entry: u32,',
  ],
  ['a field of another type', 'regularization: f32,', 'regularization: u32,'],
  ['a field of another name', 'regularization: f32,', 'lambda: f32,'],
])('a struct that the host writes, %s', (_, from, to) => {
  const { code, ...kernel } = alsLoss.declaration;
  expect(code).toContain(from);
  const [fault, ...others] = kernelFaults({ ...kernel, code: code.replace(from, to) });
  expect(others).toEqual([]);
  expect(fault).toMatch(/^Kernel als-loss: struct RowEquation is \{ row: u32, first_entry: u32, .* in the WGSL\.$/);
});

test('a field of Params that is no scalar', () => {
  const faults = kernelFaults({ ...small, code: small.code.replace('count: u32,', 'count: array<u32, 4>,') });
  expect(faults).toEqual(['Kernel small: parameter count is u32 as declared, and array<u32, 4> in the WGSL.']);
});

test('nothing is found where nothing is wrong', () => {
  expect(kernelFaults(small)).toEqual([]);
  expect(kernelFaults(gramian.declaration)).toEqual([]);
});

/** The WGSL of `gramian` with each `from` replaced. */
const inWgsl =
  (...replacements: readonly (readonly [from: string, to: string])[]) =>
  (kernel: KernelDeclaration): KernelDeclaration => {
    let { code } = kernel;
    for (const [from, to] of replacements) {
      expect(code).toContain(from);
      code = code.replaceAll(from, to);
    }
    return { ...kernel, code };
  };

const planted: readonly (readonly [
  fault: string,
  plant: (kernel: KernelDeclaration) => KernelDeclaration,
  sentences: readonly RegExp[],
])[] = [
  [
    'a renamed parameter of the WGSL',
    inWgsl(['rows_per_slice', 'slice_rows']),
    [
      /^Kernel gramian: parameter rows_per_slice is declared, and .* none of that name\.$/,
      /slice_rows .* not declared/,
    ],
  ],
  [
    'a renamed parameter of the declaration',
    (kernel) => ({
      ...kernel,
      params: { rows: 'u32', rows_per_slice: 'u32', slice_count: 'u32', first_slice: 'u32' },
    }),
    [
      /^Kernel gramian: parameter rows is declared/,
      /^Kernel gramian: parameter row_count of the WGSL is not declared\.$/,
    ],
  ],
  [
    'a renamed override of the WGSL',
    inWgsl(['rank_vectors', 'vectors_of_rank']),
    [/^Kernel gramian: override rank_vectors is declared, and the WGSL has none/, /vectors_of_rank .* is not declared/],
  ],
  [
    'a parameter of another type',
    inWgsl(['slice_count: u32', 'slice_count: f32']),
    [/^Kernel gramian: parameter slice_count is u32 as declared, and f32 in the WGSL\.$/],
  ],
  [
    'a parameter of a type that the host cannot write',
    inWgsl(['slice_count: u32', 'slice_count: i32']),
    [/^Kernel gramian: parameter slice_count is u32 as declared, and i32 in the WGSL\.$/],
  ],
  [
    'an override of another type',
    inWgsl(['override workgroup_size: u32', 'override workgroup_size: f32']),
    [/^Kernel gramian: override workgroup_size is u32 as declared, and f32 in the WGSL\.$/],
  ],
  [
    'parameters in another order',
    inWgsl(['slice_count: u32', 'x: u32'], ['first_slice: u32', 'slice_count: u32'], ['x: u32', 'first_slice: u32']),
    [
      /^Kernel gramian: parameter slice_count is field 2 as declared, and 3/,
      /first_slice is field 3 as declared, and 2/,
    ],
  ],
  [
    'bindings in another order',
    (kernel) => ({ ...kernel, buffers: { partials: 'read-write array<vec4f>', factors: 'read array<vec4f>' } }),
    [/^Kernel gramian: binding partials is number 0 as declared, and 1/, /factors is number 1 as declared, and 0/],
  ],
  [
    'a binding that the WGSL lacks',
    inWgsl(['@group(0) @binding(1) var<storage, read_write> partials: array<vec4f>;', '']),
    [/^Kernel gramian: binding partials is declared, and the WGSL has none of that name\.$/],
  ],
  [
    'a binding that the declaration lacks',
    (kernel) => ({ ...kernel, buffers: { factors: 'read array<vec4f>' } }),
    [
      /params is number 1 as declared, and 2/,
      /^Kernel gramian: binding partials, number 1 in the WGSL, is not declared/,
    ],
  ],
  [
    'a buffer of another element type',
    inWgsl(['partials: array<vec4f>', 'partials: array<f32>']),
    [/binding partials is read_write array<vec4f> as declared, and read_write array<f32> in the WGSL\.$/],
  ],
  [
    'a buffer that the WGSL only reads',
    inWgsl(['var<storage, read_write> partials', 'var<storage, read> partials']),
    [/^Kernel gramian: binding partials is read_write array<vec4f> as declared, and read array<vec4f> in the WGSL\.$/],
  ],
  [
    'a buffer that the declaration only reads',
    (kernel) => ({ ...kernel, buffers: { factors: 'read array<vec4f>', partials: 'read array<vec4f>' } }),
    [/^Kernel gramian: binding partials is read array<vec4f> as declared, and read_write array<vec4f> in the WGSL\.$/],
  ],
  [
    'another group',
    inWgsl(['@group(0) @binding(0)', '@group(1) @binding(0)']),
    [/^Kernel gramian: binding factors is in group 1 of the WGSL, and must be in group 0\.$/],
  ],
  [
    'an extra override of the WGSL',
    inWgsl(['override workgroup_size: u32;', 'override workgroup_size: u32; override unrolled: u32;']),
    [/^Kernel gramian: override unrolled of the WGSL has no value and is not declared\.$/],
  ],
  [
    'an extra override with a value that comes from nowhere',
    inWgsl(['override workgroup_size: u32;', 'override workgroup_size: u32; override unrolled: u32 = 4u;']),
    [/^Kernel gramian: override unrolled of the WGSL is made of no other override, and not declared\.$/],
  ],
  [
    'a value that is never used',
    inWgsl(['override workgroup_size: u32;', 'override workgroup_size: u32 = 64;']),
    [/^Kernel gramian: override workgroup_size is declared, and has the value 64 in the WGSL, which is never used\.$/],
  ],
  [
    'an extra parameter of the WGSL',
    inWgsl(['first_slice: u32,', 'first_slice: u32, last_slice: u32,']),
    [/^Kernel gramian: parameter last_slice of the WGSL is not declared\.$/],
  ],
  [
    'parameters that the declaration lacks altogether',
    (kernel) => ({ ...kernel, params: {} }),
    [
      /^Kernel gramian: binding params, number 2 in the WGSL, is not declared\.$/,
      /row_count of the WGSL/,
      /rows_per_slice of/,
      /slice_count of/,
      /first_slice of/,
    ],
  ],
  [
    'a uniform of another type',
    inWgsl(['params: Params', 'params: vec4u']),
    [/^Kernel gramian: binding params must be of type Params, not vec4u\.$/],
  ],
  [
    'another entry point',
    inWgsl(['fn main', 'fn start']),
    [/^Kernel gramian: the one entry point must be main, the WGSL has start\.$/],
  ],
  [
    'a second entry point',
    inWgsl(['@compute', '@compute @workgroup_size(1) fn other() {}\n@compute']),
    [/^Kernel gramian: the one entry point must be main, the WGSL has other, main\.$/],
  ],
];

test.each(planted)('%s is reported', (_, plant, sentences) => {
  const faults = kernelFaults(plant(gramian.declaration));
  expect(faults, faults.join('\n')).toHaveLength(sentences.length);
  for (const [place, sentence] of sentences.entries()) expect(faults[place]).toMatch(sentence);
});

test('more storage buffers than every GPU has', () => {
  const numbers = Array.from({ length: 9 }, (_, number) => number);
  const code = [
    ...numbers.map((n) => `@group(0) @binding(${n}) var<storage, read> buffer_${n}: array<u32>;`),
    '@compute @workgroup_size(1) fn main() {}',
  ].join('\n');
  const buffers = Object.fromEntries(numbers.map((n) => [`buffer_${n}`, 'read array<u32>' as const]));
  expect(kernelFaults({ name: 'greedy', code, buffers, params: {}, overrides: {} })).toEqual([
    'Kernel greedy: it has 9 storage buffers, a GPU may have no more than 8.',
  ]);
});

test.each([
  ['a binding without its group', '@binding(0) var<storage, read> rows: array<u32>;'],
  ['an override without a type', 'override workgroup_size = 4;'],
  ['an override with a number', '@id(1) override workgroup_size: u32;\noverride size = 1;'],
])('%s is not passed over', (_, code) => {
  expect(() => wgslInterface(code)).toThrow(/Cannot read this WGSL/);
});
