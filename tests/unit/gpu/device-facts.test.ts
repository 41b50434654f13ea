/** What a `GpuDevice` makes of what the platform tells it, with a platform that says what the test wants. */
import { expect, test } from 'vitest';
import { GpuLimitError } from '../../../src/errors.ts';
import { GpuDevice } from '../../../src/gpu/device.ts';

class GPUOutOfMemoryError extends Error {}
class GPUValidationError extends Error {}

function deviceWith(info: Partial<GPUAdapterInfo>): { gpu: GpuDevice; fail: (error: Error) => void } {
  const events = new EventTarget();
  const platform = Object.assign(events, {
    features: new Set<string>(),
    limits: { maxStorageBufferBindingSize: 100, maxBufferSize: 200, maxComputeWorkgroupsPerDimension: 300 },
    lost: new Promise(() => {}),
    destroy: () => {},
  }) as unknown as GPUDevice;
  const named = { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false, ...info };
  const gpu = new GpuDevice(platform, { info: named as GPUAdapterInfo, limits: { maxBufferSize: 50 } });
  return { gpu, fail: (error) => events.dispatchEvent(Object.assign(new Event('uncapturederror'), { error })) };
}

test('limits are the lower of the device’s and the asked ones', () => {
  const { gpu } = deviceWith({});
  expect(gpu.limits).toEqual({
    maxStorageBufferBindingSize: 100,
    maxBufferSize: 50,
    maxComputeWorkgroupsPerDimension: 300,
  });
});

test.each([
  [{ vendor: 'google', architecture: 'swiftshader' }, 'google swiftshader (software)'],
  [{ vendor: 'mesa', description: 'llvmpipe (LLVM 15)' }, 'mesa (software)'],
  [{ vendor: 'acme', isFallbackAdapter: true }, 'acme (software)'],
  [{ vendor: 'nvidia', architecture: 'ampere' }, 'nvidia ampere'],
  [{ description: 'Some GPU' }, 'Some GPU'],
  [{}, 'unnamed adapter'],
])('adapter %o is called %s', (info, name) => {
  const { gpu } = deviceWith(info);
  expect(gpu.adapterName).toBe(name);
  expect(gpu.isSoftware).toBe(name.endsWith('(software)'));
});

test('the oldest uncaptured error is told once', () => {
  const { gpu, fail } = deviceWith({});
  gpu.throwIfFailed();
  fail(new GPUValidationError('first'));
  fail(new GPUValidationError('second'));
  expect(() => gpu.throwIfFailed()).toThrow(/refused a command: first/);
  expect(() => gpu.throwIfFailed()).not.toThrow();
});

test('out of memory is a limit, with what to do', () => {
  const { gpu, fail } = deviceWith({});
  fail(new GPUOutOfMemoryError('no room.'));
  expect(() => gpu.throwIfFailed()).toThrow(GpuLimitError);
  fail(new GPUOutOfMemoryError('no room.'));
  expect(() => gpu.throwIfFailed()).toThrow(/no room\. Use fewer factors, or the cpu back end/);
});
