import { expect, test } from 'vitest';
import { bareWgsl } from '../../../scripts/bare-wgsl.mjs';
import { Kernel } from '../../../src/gpu/kernel.ts';
import { sharedGpu } from '../../support/validated-gpu.ts';

const modules = import.meta.glob<Record<string, unknown>>('../../../src/shaders/*/*.ts', { eager: true });
const kernels = Object.values(modules)
  .flatMap((module) => Object.values(module))
  .filter((value) => value instanceof Kernel);

test('there are kernels to compile', () => {
  expect(kernels.map(({ label }) => label)).toContain('als-cholesky');
});

test.each(kernels.map((kernel) => [kernel.label, kernel] as const))(
  'the compiler says nothing of %s, nor of what the SDK makes of it',
  async (_, kernel) => {
    const gpu = await sharedGpu();
    for (const code of [kernel.code, bareWgsl(kernel.code)]) {
      const { messages } = await gpu.device.createShaderModule({ code }).getCompilationInfo();
      expect(messages.map(({ lineNum, message }) => `${lineNum}: ${message}`)).toEqual([]);
    }
  },
);
