import { hasHardwareDriver } from '../../src/cli/node-gpu.ts';
import { GpuUnavailableError } from '../../src/errors.ts';
import type { DispatchTrace } from './dispatch-trace.ts';

/** Timestamps as the GPU counts them; by default Dawn rounds them to 65 µs, more than some kernels take. */
const dawnOptions = ['disable-dawn-features=timestamp_quantization'];

/**
 * Dawn for Node with exact timestamps: the machine's own driver where it has one for a real GPU, else the one that the
 * environment names (`scripts/run.mjs --with-gpu`: SwiftShader).
 *
 * @throws {GpuUnavailableError} no adapter
 */
export async function openBenchGpu(): Promise<GPU> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  if (await hasHardwareDriver()) {
    // The Vulkan loader reads these when Dawn starts.
    delete process.env['VK_DRIVER_FILES'];
    delete process.env['VK_ICD_FILENAMES'];
  }
  const gpu = create(dawnOptions);
  // Dawn ends the process when this object is collected while a device lives.
  Object.assign(globalThis, { pocketrecBenchDawn: gpu });
  if ((await gpu.requestAdapter()) === null) throw new GpuUnavailableError('Dawn found no GPU adapter.');
  return gpu;
}

/** The same `GPU`, whose devices `trace` watches. */
export function tracedGpu(gpu: GPU, trace: DispatchTrace): GPU {
  return {
    requestAdapter: async (options?: GPURequestAdapterOptions) => {
      const adapter = await gpu.requestAdapter(options);
      if (adapter === null) return null;
      const requestDevice = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (descriptor) => {
        const device = await requestDevice(descriptor);
        trace.watch(device);
        return device;
      };
      return adapter;
    },
  } as unknown as GPU;
}
