import { messageOf } from '../../errors.ts';
import { typescriptKernels } from './typescript-kernels.ts';
import { type KernelSource, wasmKernels } from './wasm/wasm-kernels.ts';

/**
 * Chooses the kernels. `auto`: WebAssembly if it can run, else TypeScript, whose name then says why. `typescript`:
 * TypeScript.
 */
export async function kernelSource(kernels: 'auto' | 'typescript'): Promise<KernelSource> {
  const plain = (name: string): KernelSource => ({ name, module: null, open: typescriptKernels });
  return kernels === 'auto'
    ? wasmKernels().catch((error: unknown) => plain(`JavaScript (${messageOf(error)})`))
    : plain('JavaScript');
}
