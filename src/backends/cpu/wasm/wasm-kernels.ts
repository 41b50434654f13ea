import { messageOf } from '../../../errors.ts';
import { type Kernels, reserve } from '../kernels.ts';

/** Opens kernels of one kind, each time with another block of memory. */
export interface KernelSource {
  /** The kind of kernels, as shown to people. */
  readonly name: string;
  /** The compiled module for worker threads; null for TypeScript, which runs only on the calling thread. */
  readonly module: WebAssembly.Module | null;
  /**
   * Kernels with a new memory of at least `byteLength` bytes.
   *
   * @throws {RangeError} there is not enough memory
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
 * A Node module by name, without an import statement that bundlers for the web would fail on; undefined outside Node.
 *
 * @internal
 */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  return globalThis.process?.getBuiltinModule?.(name);
}

let compiling: Promise<WebAssembly.Module> | null = null;

/** The kernels in WebAssembly with SIMD; rejects if they cannot run (no SIMD, or a policy against WebAssembly). */
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
    // Node's `fetch` cannot read `file:` URLs.
    const binary =
      url.protocol === 'file:' ? nodeModule('fs')!.readFileSync(url) : await (await fetch(url)).arrayBuffer();
    return await WebAssembly.compile(binary);
  } catch (error) {
    compiling = null;
    throw new Error(`WebAssembly does not run here: ${messageOf(error)}`, { cause: error });
  }
}
