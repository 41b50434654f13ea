import { GpuLimitError } from '../../errors.ts';
import type { BufferScope } from '../../gpu/buffers.ts';
import { type GpuLimits, largestBinding } from '../../gpu/device.ts';
import type { TablePage } from '../../shaders/rows/table-page.ts';
import { padRows } from '../padded-rows.ts';

/** Pages begin at multiples of this many rows, so that they hold whole tiles of the ranking (`tileRows`). */
export const rowAlignment = 32;

/** How one side's factors, padded to `rankVectors` vec4 per row, are split into GPU buffers. */
export interface FactorPages {
  readonly rowCount: number;
  readonly rankVectors: number;
  /** Rows of every page except the last. */
  readonly pageRows: number;
  /** At least 1; the last page may be short or empty. */
  readonly pageCount: number;
}

/**
 * Splits `rowCount` rows of `rankVectors` vec4 into pages as large as one binding allows.
 *
 * @param options.mostPages default 2: training kernels bind the other side as `fixed_0` and `fixed_1`
 * @throws {GpuLimitError} more pages are needed; the message says how many rows or factors would fit
 */
export function factorPages(
  name: string,
  options: { rowCount: number; rankVectors: number; limits: GpuLimits; mostPages?: number },
): FactorPages {
  const { rowCount, rankVectors, limits, mostPages = 2 } = options;
  const pageByteLength = largestBinding(limits);
  // If even the smallest page is too large, creating or binding its buffer throws.
  const rowsThatFit = (vectors: number): number =>
    Math.max(1, Math.floor(pageByteLength / (16 * vectors) / rowAlignment)) * rowAlignment;
  const pageRows = rowsThatFit(rankVectors);
  if (rowCount > mostPages * pageRows) {
    let fitting = rankVectors - 1;
    while (fitting > 0 && mostPages * rowsThatFit(fitting) < rowCount) fitting--;
    throw new GpuLimitError(
      `The ${name} factors need ${rowCount * rankVectors * 16} bytes (${rowCount} rows of ${4 * rankVectors} numbers), ` +
        `this GPU binds ${mostPages} × ${pageByteLength}. What would fit: ${mostPages * pageRows} rows` +
        `${fitting > 0 ? `, or ${4 * fitting} factors` : ''}; or use the cpu back end.`,
    );
  }
  return { rowCount, rankVectors, pageRows, pageCount: Math.max(1, Math.ceil(rowCount / pageRows)) };
}

/** The number of rows of page `page`. */
export function rowsOfPage(pages: FactorPages, page: number): number {
  return Math.min(pages.pageRows, pages.rowCount - page * pages.pageRows);
}

/** Uploads `rows` (row-major, `factors` numbers per row), padded, page by page; `order` gives the row at each place. */
export function uploadPages(
  buffers: BufferScope,
  name: string,
  options: {
    readonly pages: FactorPages;
    readonly rows: Float32Array;
    readonly factors: number;
    readonly order?: Uint32Array;
  },
): (TablePage & { readonly buffer: GPUBuffer })[] {
  const { pages, rows, factors, order } = options;
  return Array.from({ length: pages.pageCount }, (_, page) => {
    const firstRow = page * pages.pageRows;
    const rowCount = rowsOfPage(pages, page);
    return { buffer: buffers.upload(name, padRows(rows, { factors, firstRow, rowCount, order })), firstRow, rowCount };
  });
}
