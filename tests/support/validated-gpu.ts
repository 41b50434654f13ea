import { expect } from 'vitest';
import { type GpuDevice, type GpuLimits, openGpu } from '../../src/gpu/device.ts';
import { requestGpu } from './gpu.ts';

const opened = new Map<string, Promise<GpuDevice>>();

/** The test file's device with these limits, opened once: software adapters compile pipelines slowly. */
export function sharedGpu(limits: Partial<GpuLimits> = {}): Promise<GpuDevice> {
  const key = JSON.stringify(limits);
  let gpu = opened.get(key);
  if (!gpu) {
    gpu = requestGpu().then((platform) => openGpu({ gpu: platform, limits }));
    opened.set(key, gpu);
  }
  return gpu;
}

/** Runs `work` on a shared device inside a validation scope and fails where the scope caught anything. */
export async function validated<Result>(
  work: (gpu: GpuDevice) => Promise<Result>,
  limits: Partial<GpuLimits> = {},
): Promise<Result> {
  const gpu = await sharedGpu(limits);
  gpu.device.pushErrorScope('validation');
  let error: GPUError | null = null;
  let result: Result;
  try {
    result = await work(gpu);
  } finally {
    error = await gpu.device.popErrorScope();
  }
  expect(error?.message ?? '').toBe('');
  return result;
}
