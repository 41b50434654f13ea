import { type GpuLimits, openGpu } from '../../gpu/device.ts';
import type { Backend, ExactBackend } from '../backend.ts';
import type { RowSolveShape } from './training/row-solve-pass.ts';
import { WebGpuEmbeddingTable } from './scoring/webgpu-embedding-table.ts';
import { openWebGpuItemTable } from './scoring/webgpu-item-table.ts';
import { WebGpuTraining } from './training/webgpu-training.ts';

/** Options of `createWebGpuBackend`. */
export interface WebGpuBackendOptions {
  /** Computes what needs double precision, which WebGPU lacks; opened on first use. */
  readonly exact: ExactBackend;
  /** Where adapters come from; default `navigator.gpu`. */
  readonly gpu?: GPU | undefined;
  /** Ask for the software adapter; default false. */
  readonly forceFallback?: boolean | undefined;
  /** Limits below the device's own, so that tests can cut small data into pages and chunks. */
  readonly limits?: Partial<GpuLimits> | undefined;
  /** Which kernel solves which rows by conjugate gradient; default `auto`. */
  readonly rowSolve?: RowSolveShape | undefined;
  /** Bytes that one training run may take on the GPU; default: what the device's limits allow. */
  readonly mostTrainingBytes?: number | undefined;
}

/**
 * Opens a WebGPU device as a back end. The back end owns the device: `dispose` destroys it and everything on it.
 *
 * @throws {GpuUnavailableError} WebGPU is missing, there is no adapter, or the adapter gives no device
 */
export async function createWebGpuBackend(options: WebGpuBackendOptions): Promise<Backend> {
  const gpu = await openGpu(options);
  const { exact, rowSolve = 'auto', mostTrainingBytes: mostBytes } = options;
  return {
    info: { kind: 'webgpu', adapter: gpu.adapterName, isSoftware: gpu.isSoftware },
    lost: gpu.lost,
    openTraining: (problem, solve) => WebGpuTraining.open(gpu, problem, { ...solve, rowSolve, mostBytes }),
    openItemTable: (side) => openWebGpuItemTable(gpu, { side, exact }),
    openEmbeddingTable: async (table) => new WebGpuEmbeddingTable(gpu, table),
    dispose: () => gpu.dispose(),
  };
}
