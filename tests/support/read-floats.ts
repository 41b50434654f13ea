import type { BufferRange } from '../../src/gpu/buffers.ts';
import type { GpuDevice } from '../../src/gpu/device.ts';
import { readBuffers } from '../../src/gpu/read-back.ts';

/** `readBuffers` of one range as floats. */
export async function readFloats(gpu: GpuDevice, range: BufferRange): Promise<Float32Array<ArrayBuffer>> {
  const [bytes] = await readBuffers(gpu, [range]);
  return new Float32Array(bytes!);
}
