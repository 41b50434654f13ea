import type { Kernels } from '../../src/backends/cpu/kernels.ts';
import { MemoryLayout } from '../../src/backends/cpu/memory-layout.ts';
import { typescriptKernels } from '../../src/backends/cpu/typescript-kernels.ts';
import { wasmKernels } from '../../src/backends/cpu/wasm/wasm-kernels.ts';

/** What implements the kernels, by name. */
export const kernelSources: readonly [string, (byteLength: number) => Promise<Kernels>][] = [
  ['WebAssembly', async (byteLength) => (await wasmKernels()).open(byteLength)],
  ['TypeScript', async (byteLength) => typescriptKernels(byteLength)],
];

/** Kernels with the layout's memory, and its arrays in it; all else is NaN where it is read as numbers. */
export async function loadKernels(
  open: (byteLength: number) => Promise<Kernels>,
  layout: MemoryLayout,
): Promise<{ kernels: Kernels; f32: (address: number, length: number) => Float32Array }> {
  const kernels = await open(layout.byteLength);
  const { buffer } = kernels.memory;
  new Uint8Array(buffer, 0, layout.byteLength).fill(0xff);
  for (const [address, source] of layout.writes) {
    new Uint8Array(buffer).set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength), address);
  }
  return { kernels, f32: (address, length) => new Float32Array(buffer, address, length) };
}

/** Rows of `rank` numbers made as long as kernels want them, with zeros; and how long that is. */
export function padded(rows: ArrayLike<number>, rank: number): { rows: Float32Array; stride: number } {
  const stride = (rank + 7) & ~7;
  const target = new Float32Array((rows.length / rank) * stride);
  for (let place = 0; place < rows.length; place++) {
    target[Math.floor(place / rank) * stride + (place % rank)] = rows[place]!;
  }
  return { rows: target, stride };
}
