import { expect, test } from 'vitest';
import { bareWgsl } from '../../../scripts/build/bare-wgsl.mjs';
import { Kernel } from '../../../src/gpu/kernel.ts';
import { sharedGpu } from '../../support/validated-gpu.ts';

const modules = import.meta.glob<Record<string, unknown>>('../../../src/shaders/*/*.ts', { eager: true });
const kernels = Object.values(modules)
  .flatMap((module) => Object.values(module))
  .filter((value) => value instanceof Kernel);

test('there are kernels to compile', () => {
  expect(kernels.map(({ declaration }) => declaration.name)).toContain('als-cholesky');
});

test.each(kernels.map(({ declaration }) => declaration))(
  'the compiler says nothing of $name, nor of what builds make of it',
  async ({ code }) => {
    const gpu = await sharedGpu();
    for (const text of [code, bareWgsl(code)]) {
      const { messages } = await gpu.device.createShaderModule({ code: text }).getCompilationInfo();
      expect(messages.map(({ lineNum, message }) => `${lineNum}: ${message}`)).toEqual([]);
    }
  },
);
