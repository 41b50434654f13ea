/**
 * Where kernels find their WGSL. Here the sources are in the code itself. The SDK's build (`scripts/build/wgsl-plugins.mjs`)
 * puts them into one file, which only those who open a GPU download, and this module is then another one.
 */

/** Resolves when the text of every shader is there. */
export function loadWgsl(): Promise<void> {
  return Promise.resolve();
}

/** The WGSL that a kernel's code stands for. */
export function wgslOf(code: string): string {
  return code;
}
