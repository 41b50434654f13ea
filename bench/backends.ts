import { openNodeGpu } from '../src/cli/node-gpu.ts';
import type { Backend } from '../src/backends/backend.ts';
import { createCpuBackend } from '../src/backends/cpu/cpu-backend.ts';
import { createWebGpuBackend } from '../src/backends/webgpu/webgpu-backend.ts';
import { GpuUnavailableError } from '../src/errors.ts';

/** A back end under a name that tells how it computes. */
export interface NamedBackend {
  readonly name: string;
  readonly backend: Backend;
}

/** The CPU back end where WebAssembly cannot run. */
export function javascriptBackend(): NamedBackend {
  const backend = createCpuBackend({ kernels: 'typescript', threads: 1 });
  return { name: 'CPU without WebAssembly, 1 thread', backend };
}

/** The CPU back end as it is used, by number of threads. */
export function cpuBackends(): (NamedBackend & { readonly threads: number })[] {
  return [1, 2].map((threads) => ({
    name: `CPU, ${threads} thread${threads > 1 ? 's' : ''}`,
    threads,
    backend: createCpuBackend({ threads }),
  }));
}

/** What a CPU back end computes with; it knows once it has opened something. */
export function describeCpu({ backend }: NamedBackend): string {
  return `CPU kernels: ${backend.info.adapter}`;
}

/** WebGPU through Dawn for Node, or null where there is no adapter. */
export async function webGpuBackend(): Promise<NamedBackend | null> {
  try {
    const backend = await createWebGpuBackend({ exact: createCpuBackend(), gpu: await openNodeGpu() });
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
