/**
 * The bits of `GPUBufferUsage` and `GPUMapMode` (WebGPU specification, "Buffer Usages"). The globals of those names
 * exist only where the platform itself has WebGPU; a `GPU` handed in from outside (Dawn for Node) may come without.
 */
export const bufferUsage = {
  mapRead: 0x0001,
  copySource: 0x0004,
  copyDestination: 0x0008,
  uniform: 0x0040,
  storage: 0x0080,
  queryResolve: 0x0200,
} as const;

/** `GPUMapMode.READ`. */
export const mapModeRead = 0x0001;
