/**
 * A kernel is two files with one name, and a test of that name. What the host fills in is declared in the one and written
 * in the other: here they are compared, both ways, without a GPU.
 */
import { expect, test } from 'vitest';
import { roofMultiplyAdd, roofRead } from '../../../bench/gpu/roofs.ts';
import { Kernel } from '../../../src/gpu/kernel.ts';
import { kernelFaults } from '../../support/shaders/kernel-faults.ts';

const sources = import.meta.glob<string>('../../../src/shaders/*/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const modules = import.meta.glob<Record<string, unknown>>('../../../src/shaders/*/*.ts', { eager: true });

/** Folder and name of each kernel, e.g. `gramian/gramian`. */
const names = Object.keys(sources)
  .filter((path) => !path.includes('/lib/'))
  .map((path) => path.replace(/^.*\/shaders\/|\.wgsl$/g, ''));

function kernelsOf(name: string): Kernel[] {
  return Object.values(modules[`../../../src/shaders/${name}.ts`] ?? {}).filter((value) => value instanceof Kernel);
}

test('there are kernels to compare', () => {
  expect(names).toContain('gramian/gramian');
});

test.each(names)('%s.wgsl and %s.ts agree', (name) => {
  const kernels = kernelsOf(name);
  expect(kernels, `src/shaders/${name}.ts must export the one kernel of ${name}.wgsl`).toHaveLength(1);
  const { declaration } = kernels[0]!;
  expect(declaration.name).toBe(name.replace(/^.*\//, ''));
  // What it shares with others may stand before.
  expect(declaration.code.endsWith(sources[`../../../src/shaders/${name}.wgsl`]!)).toBe(true);
  expect(kernelFaults(declaration)).toEqual([]);
});

const tests = Object.keys(import.meta.glob('../../gpu/shaders/*/*.test.ts')).map((path) =>
  path.replace(/^.*\/shaders\/|\.test\.ts$/g, ''),
);

test('each kernel has a test file of its name, and each such file a kernel', () => {
  expect(tests.toSorted()).toEqual(names.toSorted());
});

test('each kernel is in a file of its name', () => {
  const exported = Object.keys(modules)
    .map((path) => path.replace(/^.*\/shaders\/|\.ts$/g, ''))
    .filter((name) => kernelsOf(name).length > 0);
  expect(exported.toSorted()).toEqual(names.toSorted());
});

test.each([roofRead, roofMultiplyAdd])('the kernels of the bench agree with their WGSL too', ({ declaration }) => {
  expect(kernelFaults(declaration)).toEqual([]);
});
