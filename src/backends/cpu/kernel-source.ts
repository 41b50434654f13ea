import { messageOf } from '../../errors.ts';
import { typescriptKernels } from './typescript-kernels.ts';
import { type KernelSource, wasmKernels } from './wasm/wasm-kernels.ts';

/** WebAssembly where it runs, else TypeScript, whose name then says why; or TypeScript at once. */
export async function kernelSource(kernels: 'auto' | 'typescript'): Promise<KernelSource> {
  const plain = (name: string): KernelSource => ({ name, module: null, open: typescriptKernels });
  return kernels === 'auto'
    ? wasmKernels().catch((error: unknown) => plain(`JavaScript (${messageOf(error)})`))
    : plain('JavaScript');
}
