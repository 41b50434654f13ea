/**
 * One way to a `GPU` for tests: Dawn for Node in the `dawn` project, the browser's own in the `browser` project.
 * Kernel tests run in Dawn; `vitest.config.ts` lists those that run in the browser too.
 */
export const isBrowser = typeof navigator !== 'undefined' && typeof window !== 'undefined';

/** The `GPU` of this project. A missing one fails the test: GPU tests are never skipped. */
export async function requestGpu(): Promise<GPU> {
  if (isBrowser) {
    if (!navigator.gpu) throw new Error('This browser has no navigator.gpu; start it with --enable-unsafe-webgpu.');
    return navigator.gpu;
  }
  const holder = globalThis as typeof globalThis & { dawnGpu?: GPU };
  if (!holder.dawnGpu) {
    const { create, globals } = await import(/* @vite-ignore */ 'webgpu');
    Object.assign(globalThis, globals);
    // Dawn aborts the process when this object is collected while devices live: a global keeps it.
    holder.dawnGpu = create([]);
  }
  return holder.dawnGpu;
}
