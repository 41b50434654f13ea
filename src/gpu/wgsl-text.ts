/**
 * Where kernels find their WGSL. Here the sources are in the code itself. The SDK's build (`scripts/build/wgsl-plugins.mjs`)
 * puts them into one file, which only those who open a GPU download, and this module is then another one.
 */

/** Resolves when the text of every shader is available. */
export function loadWgsl(): Promise<void> {
  return Promise.resolve();
}

/** The WGSL source for a kernel declaration's `code`. */
export function wgslOf(code: string): string {
  return code;
}
