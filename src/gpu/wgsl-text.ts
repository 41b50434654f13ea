/**
 * Where kernels find their WGSL. In this module the sources are part of the code. The SDK's build
 * (`scripts/build/wgsl-plugins.mjs`) replaces it with a module that loads all sources from one file, so that they are
 * downloaded only when a GPU is opened.
 */

/** Resolves when the text of every shader is available. */
export function loadWgsl(): Promise<void> {
  return Promise.resolve();
}

/** The WGSL source for a kernel declaration's `code`. */
export function wgslOf(code: string): string {
  return code;
}
