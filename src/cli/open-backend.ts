import { type Backend, type BackendKind, backendKinds } from '../backends/backend.ts';
import { createCpuBackend } from '../backends/cpu/cpu-backend.ts';
import { UsageError } from './arguments.ts';

/** @throws {UsageError} no back end has that name */
export function backendArgument(text: string): BackendKind {
  const kind = backendKinds.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new UsageError(`--backend must be ${backendKinds.join(' or ')}, got ${JSON.stringify(text)}.`);
}

/**
 * A back end for Node. What WebGPU needs is loaded only where it is asked for.
 *
 * @throws {GpuUnavailableError} there is no WebGPU, and why
 */
export async function openBackend(kind: BackendKind): Promise<Backend> {
  if (kind === 'cpu') return createCpuBackend();
  const [{ openNodeGpu }, { createWebGpuBackend }] = await Promise.all([
    import('./node-gpu.ts'),
    import('../backends/webgpu/webgpu-backend.ts'),
  ]);
  return createWebGpuBackend({ gpu: await openNodeGpu(), exact: createCpuBackend() });
}
