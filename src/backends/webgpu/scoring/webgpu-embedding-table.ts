import { BufferScope } from '../../../gpu/buffers.ts';
import type { GpuDevice } from '../../../gpu/device.ts';
import { CallQueue } from '../../call-queue.ts';
import type { EmbeddingBags, EmbeddingRows, EmbeddingTable } from '../../embedding-table.ts';
import { factorPages, uploadPages } from '../factor-pages.ts';
import { WebGpuLookups } from './webgpu-lookups.ts';

/** `EmbeddingTable` on the GPU; split into pages if it exceeds one binding. */
export class WebGpuEmbeddingTable implements EmbeddingTable {
  readonly #buffers: BufferScope;
  readonly #lookups: WebGpuLookups;
  readonly #calls = new CallQueue('embedding table');

  /** @throws {GpuLimitError} the table does not fit the device */
  constructor(gpu: GpuDevice, table: EmbeddingRows) {
    const { factors, rowCount } = table;
    const shape = { rowCount, rankVectors: Math.ceil(factors / 4), limits: gpu.limits, mostPages: Infinity };
    const layout = factorPages('embedding', shape);
    this.#buffers = new BufferScope(gpu, 'embedding table');
    try {
      const pages = uploadPages(this.#buffers, 'rows', { ...table, pages: layout });
      this.#lookups = new WebGpuLookups(gpu, { factors, rowCount, pages });
    } catch (error) {
      this.#buffers.dispose();
      throw error;
    }
  }

  gather(rows: Uint32Array): Promise<Float32Array> {
    return this.#calls.run(() => this.#lookups.gather(rows));
  }

  bag(bags: EmbeddingBags): Promise<Float32Array> {
    return this.#calls.run(() => this.#lookups.bag(bags));
  }

  dispose(): void {
    this.#calls.close(() => this.#buffers.dispose());
  }
}
