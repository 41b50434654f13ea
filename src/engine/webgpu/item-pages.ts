import { GpuLimitError } from '../../errors.ts';
import type { BufferScope } from '../../gpu/buffers.ts';
import type { GpuDevice } from '../../gpu/device.ts';
import type { TablePage } from '../../shaders/table-page.ts';
import { type FactorPages, padFactors, rowsOfPage } from './factor-pages.ts';

/** Largest binding of a device, bytes: no page, and no array of a batch, may be larger. */
export function largestBinding({ limits }: Pick<GpuDevice, 'limits'>): number {
  return Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
}

/**
 * The layout of an item table that is only read: as many pages as the device's bindings need, at least one. (Training
 * solves against one side in one dispatch, and so may have two pages only: `factorPages`.)
 *
 * @throws {GpuLimitError} one row is larger than a binding
 */
export function itemPages(gpu: GpuDevice, table: { readonly rowCount: number; readonly rank: number }): FactorPages {
  const rankVectors = Math.ceil(table.rank / 4);
  const pageRows = Math.floor(largestBinding(gpu) / (16 * rankVectors));
  if (pageRows === 0) {
    throw new GpuLimitError(
      `A row of ${table.rank} factors needs ${16 * rankVectors} bytes, this GPU binds ${largestBinding(gpu)}. ` +
        'Use fewer factors, or the cpu back end.',
    );
  }
  const { rowCount } = table;
  return { rowCount, rankVectors, pageRows, pageCount: Math.max(1, Math.ceil(rowCount / pageRows)) };
}

/** Uploads `rowCount × rank` factors, padded to whole vec4, page by page. */
export function uploadItemPages(
  buffers: BufferScope,
  { pages, factors, rank }: { readonly pages: FactorPages; readonly factors: Float32Array; readonly rank: number },
): (TablePage & { readonly buffer: GPUBuffer })[] {
  return Array.from({ length: pages.pageCount }, (_, page) => {
    const firstRow = page * pages.pageRows;
    const rowCount = rowsOfPage(pages, page);
    const rows = padFactors(factors, { rank, firstRow, rowCount });
    return { buffer: buffers.upload(`items from ${firstRow}`, rows), firstRow, rowCount };
  });
}
