// The bits of `GPUBufferUsage` and `GPUMapMode` (WebGPU specification, "Buffer Usages"). The globals with these names
// exist only where the platform itself has WebGPU; a `GPU` handed in from outside (Dawn for Node) may lack them.

/** `GPUBufferUsage.MAP_READ`. */
export const mapRead = 0x0001;
/** `GPUBufferUsage.COPY_SRC`. */
export const copySource = 0x0004;
/** `GPUBufferUsage.COPY_DST`. */
export const copyDestination = 0x0008;
/** `GPUBufferUsage.UNIFORM`. */
export const uniform = 0x0040;
/** `GPUBufferUsage.STORAGE`. */
export const storage = 0x0080;
/** `GPUBufferUsage.QUERY_RESOLVE`. */
export const queryResolve = 0x0200;
/** `GPUMapMode.READ`. */
export const mapModeRead = 0x0001;
