import { readdir } from 'node:fs/promises';
import { GpuUnavailableError } from '../errors.ts';

/** Where Linux distributions and drivers register Vulkan drivers. */
const systemDriverFolders = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/** Drivers that compute on the processor. */
const softwareDriver = /lvp|llvmpipe|lavapipe|swiftshader/iu;

/** Where to look for drivers; by default the places of a Linux system. */
export interface NodeGpuOptions {
  readonly driverFolders?: readonly string[];
}

/**
 * WebGPU in Node, through Dawn (npm package `webgpu`, a development dependency): on the machine's own driver where it
 * has one for a real GPU and `POCKETREC_VULKAN` is not `software`, else on the driver that the environment names,
 * which `node scripts/run.mjs … --with-gpu` sets to SwiftShader.
 *
 * @throws {GpuUnavailableError} the package is not installed, or neither driver gives an adapter
 */
export async function openNodeGpu({ driverFolders = systemDriverFolders }: NodeGpuOptions = {}): Promise<GPU> {
  // Dawn aborts the process when this object is collected while devices live: a global keeps it.
  const holder = globalThis as typeof globalThis & { pocketrecDawn?: GPU[] };
  const dawn = await import('webgpu').catch((cause: unknown) => {
    throw new GpuUnavailableError(
      'Node has no WebGPU of its own; install the npm package webgpu (npm install webgpu).',
      {
        cause,
      },
    );
  });
  Object.assign(globalThis, dawn.globals);
  const open = async (): Promise<GPU | null> => {
    const gpu = dawn.create([]);
    (holder.pocketrecDawn ??= []).push(gpu);
    return (await gpu.requestAdapter()) === null ? null : gpu;
  };

  if (await hasHardwareDriver(driverFolders)) {
    const gpu = await withoutDriverOverride(open);
    if (gpu !== null) return gpu;
  }
  const gpu = await open();
  if (gpu !== null) return gpu;
  throw new GpuUnavailableError(
    'Dawn found no GPU adapter. Run through npm run, which brings a software one, or install a Vulkan driver.',
  );
}

/** Whether a driver for a real GPU is registered and not ruled out by `POCKETREC_VULKAN=software`. */
export async function hasHardwareDriver(driverFolders: readonly string[] = systemDriverFolders): Promise<boolean> {
  if (process.env['POCKETREC_VULKAN'] === 'software') return false;
  const listings = await Promise.all(driverFolders.map((folder) => readdir(folder).catch(() => [])));
  return listings.flat().some((name) => name.endsWith('.json') && !softwareDriver.test(name));
}

/** The Vulkan loader reads these when Dawn starts an instance, not when the process starts. */
async function withoutDriverOverride<T>(open: () => Promise<T>): Promise<T> {
  const names = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;
  const saved = names.map((name) => process.env[name]);
  for (const name of names) delete process.env[name];
  try {
    return await open();
  } finally {
    for (const [index, name] of names.entries()) {
      if (saved[index] !== undefined) process.env[name] = saved[index];
    }
  }
}
