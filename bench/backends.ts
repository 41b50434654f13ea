import { openNodeGpu } from '../src/cli/node-gpu.ts';
import type { Backend } from '../src/engine/backend.ts';
import { createCpuBackend } from '../src/engine/cpu/cpu-backend.ts';
import { createWebGpuBackend } from '../src/engine/webgpu/webgpu-backend.ts';
import { GpuUnavailableError } from '../src/errors.ts';

/** A back end under a name that tells how it computes. */
export interface NamedBackend {
  readonly name: string;
  readonly backend: Backend;
}

/** The yardstick of every ratio: the plain TypeScript back end on one thread. */
export function plainBackend(): NamedBackend {
  return { name: 'plain TypeScript, 1 thread', backend: createCpuBackend() };
}

/** The CPU back ends to compare: by instruction set and number of threads. */
export async function cpuBackends(): Promise<(NamedBackend & { readonly threads: number })[]> {
  return [{ ...plainBackend(), threads: 1 }];
}

/** WebGPU through Dawn for Node, or null where there is no adapter. */
export async function webGpuBackend(): Promise<NamedBackend | null> {
  try {
    const backend = await createWebGpuBackend({ gpu: await openNodeGpu() });
    return { name: `WebGPU${backend.info.isSoftware ? ' (software)' : ''}`, backend };
  } catch (error) {
    if (error instanceof GpuUnavailableError) return null;
    throw error;
  }
}

/** The line that names the WebGPU adapter of a part. */
export function describeWebGpu(webGpu: NamedBackend | null): string {
  return webGpu === null ? 'WebGPU: no adapter' : `WebGPU: Dawn for Node, ${webGpu.backend.info.adapter}`;
}
