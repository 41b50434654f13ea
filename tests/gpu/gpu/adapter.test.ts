import { expect, test } from 'vitest';
import { requestGpu } from '../../support/gpu.ts';

test('this project has a WebGPU adapter within reach, and says which', async () => {
  const gpu = await requestGpu();
  const adapter = await gpu.requestAdapter();
  expect(adapter, 'no WebGPU adapter: GPU tests fail rather than skip').not.toBeNull();
  expect(adapter!.info.vendor).not.toBe('');
  expect(adapter!.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(128 * 1024 * 1024);
});
