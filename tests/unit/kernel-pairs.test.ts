/**
 * A kernel is two files with one name. This reads both and compares what has to agree: binding names, order and
 * access, the parameter struct's fields and types, and the overrides.
 */
import { expect, test } from 'vitest';
import { Kernel } from '../../src/gpu/kernel.ts';

const sources = import.meta.glob<string>('../../src/shaders/*.wgsl', { query: '?raw', import: 'default', eager: true });
const modules = import.meta.glob<Record<string, unknown>>('../../src/shaders/*.ts', { eager: true });

const names = Object.keys(sources).map((path) => path.replace(/^.*\/|\.wgsl$/g, ''));

/** A module's kernel; a conjugate gradient kernel is two, for factors of either width. */
function kernelsOf(name: string): Kernel[] {
  const module = modules[`../../src/shaders/${name}.ts`];
  expect(module, `src/shaders/${name}.wgsl needs src/shaders/${name}.ts`).toBeDefined();
  const kernels = Object.values(module!).flatMap((value) => {
    if (value instanceof Kernel) return [[value]];
    const variants = value !== null && typeof value === 'object' ? Object.values(value) : [];
    return variants.length > 0 && variants.every((variant) => variant instanceof Kernel) ? [variants] : [];
  });
  expect(kernels, `${name}.ts exports exactly one kernel`).toHaveLength(1);
  return kernels[0]!;
}

/** WGSL without comments. */
function strip(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '');
}

const accessOf: Record<string, string> = {
  'storage, read': 'read',
  storage: 'read',
  'storage, read_write': 'read-write',
  uniform: 'uniform',
};

test('there are kernels to compare', () => {
  expect(names).toContain('gramian');
});

test.each(names.flatMap((name) => kernelsOf(name).map((kernel, variant) => ({ name, kernel, variant }))))(
  '$name.wgsl and $name.ts agree, variant $variant',
  ({ name, kernel }) => {
    const code = strip(kernel.code);
    expect(kernel.label).toBe(name);
    expect(kernel.code.endsWith(sources[`../../src/shaders/${name}.wgsl`]!)).toBe(true);

    const declared = [...code.matchAll(/@group\((\d+)\)\s*@binding\((\d+)\)\s*var<([^>]+)>\s*(\w+)\s*:\s*([^;]+);/g)]
      .map(([, group, binding, space, variable, type]) => ({
        group,
        binding: Number(binding),
        access: accessOf[space!.replaceAll(/\s+/g, ' ').trim()],
        variable,
        type: type!.trim(),
      }))
      .sort((left, right) => left.binding - right.binding);
    expect(declared.every(({ group }) => group === '0')).toBe(true);
    expect(declared.map(({ binding }) => binding)).toEqual(declared.map((_, index) => index));
    expect(declared.map(({ variable, access }) => [variable, access])).toEqual(Object.entries(kernel.bindings));
    expect(declared.filter(({ access }) => access?.startsWith('read')).length, 'default limit').toBeLessThanOrEqual(8);

    const uniform = declared.find(({ access }) => access === 'uniform');
    const body = new RegExp(`struct\\s+${uniform?.type}\\s*\\{([^}]*)\\}`).exec(code)?.[1] ?? '';
    const fields = [...body.matchAll(/(\w+)\s*:\s*(\w+)/g)].map(([, field, type]) => [field, type]);
    expect(fields).toEqual(Object.entries(kernel.params.fields));

    // An override that is computed from others has no host half.
    const overrides = [...code.matchAll(/override\s+(\w+)\s*:\s*(\w+)\s*(?:=([^;]*))?;/g)]
      .filter(([, , , initial]) => !/[a-z]\w{2,}/.test(initial ?? ''))
      .map(([, override, type]) => [override, type]);
    expect(Object.fromEntries(overrides)).toEqual(kernel.overrides);

    expect([...code.matchAll(/@compute/g)]).toHaveLength(1);
    expect(code).toMatch(/fn\s+main\s*\(/);
  },
);
