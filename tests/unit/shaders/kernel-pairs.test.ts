/**
 * A kernel is two files with one name. What the host fills in is read from the WGSL when it runs; this checks that it can
 * be read, as it is written and as the SDK's build writes it, and that it is within what every GPU has.
 */
import { expect, test } from 'vitest';
import { kernelInterface } from '../../../src/gpu/kernel-interface.ts';
import { Kernel } from '../../../src/gpu/kernel.ts';
import { bareWgsl } from '../../../scripts/bare-wgsl.mjs';

const sources = import.meta.glob<string>('../../../src/shaders/*/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const modules = import.meta.glob<Record<string, unknown>>('../../../src/shaders/*/*.ts', { eager: true });

const names = Object.keys(sources)
  .filter((path) => !path.includes('/lib/'))
  .map((path) => path.replace(/^.*\/shaders\/|\.wgsl$/g, ''));

/** A module's kernel; a conjugate gradient kernel is two, for factors of either width. */
function kernelsOf(name: string): Kernel[] {
  const module = modules[`../../../src/shaders/${name}.ts`];
  expect(module, `src/shaders/${name}.wgsl needs src/shaders/${name}.ts`).toBeDefined();
  const kernels = Object.values(module!).flatMap((value) => {
    if (value instanceof Kernel) return [[value]];
    const variants = value !== null && typeof value === 'object' ? Object.values(value) : [];
    return variants.length > 0 && variants.every((variant) => variant instanceof Kernel) ? [variants] : [];
  });
  expect(kernels, `${name}.ts exports exactly one kernel`).toHaveLength(1);
  return kernels[0]!;
}

test('there are kernels to compare', () => {
  expect(names).toContain('gramian/gramian');
});

test.each(names.flatMap((name) => kernelsOf(name).map((kernel, variant) => ({ name, kernel, variant }))))(
  '$name.wgsl and $name.ts agree, variant $variant',
  ({ name, kernel }) => {
    expect(kernel.label).toBe(name.replace(/^.*\//, ''));
    expect(kernel.code.endsWith(sources[`../../../src/shaders/${name}.wgsl`]!)).toBe(true);
    expect(kernel.code.match(/@compute/g)).toHaveLength(1);
    expect(kernel.code).toMatch(/fn\s+main\s*\(/);

    const { bindings, params, overrides } = kernelInterface(kernel.code);
    const declared = [...kernel.code.matchAll(/@group\((\d+)\)\s*@binding\(\d+\)/g)];
    expect(declared.every(([, group]) => group === '0')).toBe(true);
    // Numbered from 0, each once.
    expect(Object.keys(bindings)).toHaveLength(declared.length);
    expect(bindings).toHaveLength(declared.length);
    const uniforms = bindings.filter(({ type }) => type === 'uniform').length;
    expect(declared.length - uniforms, 'default limit').toBeLessThanOrEqual(8);
    expect(uniforms).toBe(params.length > 0 ? 1 : 0);
    const struct = /struct Params \{[^}]*\}/.exec(kernel.code)?.[0] ?? '';
    expect(params).toHaveLength([...struct.matchAll(/^ +\w+:/gm)].length);
    expect(overrides.size).toBe([...kernel.code.matchAll(/^override /gm)].length);
    expect(kernelInterface(bareWgsl(kernel.code))).toEqual({ bindings, params, overrides });
  },
);

test('an interface by hand', () => {
  const code = `
    struct Params { count: u32, scale: f32, } // not: u32
    @group(0) @binding(1) var<storage, read_write> target_values: array<f32>;
    @group(0) @binding(0) var<storage, read> source: array<f32>;
    @group(0) @binding(2) var<uniform> params: Params;
    override workgroup_size: u32 = 64;
    override half: u32 = workgroup_size / 2u;`;
  expect(kernelInterface(code)).toEqual({
    bindings: [
      { name: 'source', type: 'read-only-storage' },
      { name: 'target_values', type: 'storage' },
      { name: 'params', type: 'uniform' },
    ],
    params: [
      { name: 'count', isFloat: false },
      { name: 'scale', isFloat: true },
    ],
    overrides: new Set(['workgroup_size', 'half']),
  });
});
