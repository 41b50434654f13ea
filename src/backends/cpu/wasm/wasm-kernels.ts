import { messageOf } from '../../../errors.ts';
import { type Kernels, reserve } from '../kernels.ts';

/** Kernels of one kind, as many blocks of memory as are asked for. */
export interface KernelSource {
  /** What computes, for people to read. */
  readonly name: string;
  /** null: TypeScript, which computes on the calling thread only. */
  readonly module: WebAssembly.Module | null;
  /**
   * Kernels with a block of memory of their own.
   *
   * @throws {RangeError} there is not so much memory
   */
  open(byteLength: number): Kernels;
}

/** @internal */
interface NodeModules {
  readonly fs: typeof import('node:fs');
  readonly os: typeof import('node:os');
  readonly worker_threads: typeof import('node:worker_threads');
}

/**
 * A module of Node by its name, without an import that bundlers for the web would stumble over; else undefined.
 *
 * @internal
 */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  return globalThis.process?.getBuiltinModule?.(name);
}

let compiling: Promise<WebAssembly.Module> | null = null;

/** The kernels in WebAssembly with SIMD; rejects where they cannot run (no SIMD, or a policy against WebAssembly). */
export async function wasmKernels(): Promise<KernelSource> {
  const module = await (compiling ??= compile());
  return {
    name: 'WebAssembly SIMD',
    module,
    open(byteLength) {
      const kernels = new WebAssembly.Instance(module).exports as unknown as Kernels;
      reserve(kernels, byteLength);
      return kernels;
    },
  };
}

async function compile(): Promise<WebAssembly.Module> {
  try {
    const url = new URL('./kernels.wasm', import.meta.url);
    // Node's fetch does not read files.
    const binary =
      url.protocol === 'file:' ? nodeModule('fs')!.readFileSync(url) : await (await fetch(url)).arrayBuffer();
    return await WebAssembly.compile(binary);
  } catch (error) {
    compiling = null;
    throw new Error(`WebAssembly does not run here: ${messageOf(error)}`, { cause: error });
  }
}
