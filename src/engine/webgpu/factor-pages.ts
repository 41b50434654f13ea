import { GpuLimitError } from '../../errors.ts';
import type { GpuLimits } from '../../gpu/device.ts';

/** Pages begin at multiples of this many rows. */
const rowAlignment = 16;

/** Kernels bind the other side as `fixed_0` and `fixed_1`. */
const mostPages = 2;

/** How one side's factors, padded to `rankVectors` vec4 a row, lie in GPU buffers. */
export interface FactorPages {
  readonly rowCount: number;
  readonly rankVectors: number;
  /** Rows of every page but the last. */
  readonly pageRows: number;
  /** 1 or 2. */
  readonly pageCount: number;
}

/**
 * Lays `rowCount` rows of `rankVectors` vec4 out in as few pages as one binding allows.
 *
 * @throws {GpuLimitError} more than two pages; the message has the rows and the rank that would fit
 */
export function factorPages(
  name: string,
  { rowCount, rankVectors, limits }: { rowCount: number; rankVectors: number; limits: GpuLimits },
): FactorPages {
  const pageByteLength = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const rowsThatFit = (vectors: number): number =>
    Math.floor(pageByteLength / (16 * vectors) / rowAlignment) * rowAlignment;
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

/** Rows of page `page`. */
export function rowsOfPage(pages: FactorPages, page: number): number {
  return Math.min(pages.pageRows, pages.rowCount - page * pages.pageRows);
}

/** Rows `firstRow … firstRow + rowCount` of row-major `factors`, each padded with zeros to whole vec4s. */
export function padFactors(
  factors: Float32Array,
  range: { readonly rank: number; readonly firstRow: number; readonly rowCount: number },
): Float32Array {
  const { rank, firstRow, rowCount } = range;
  const start = firstRow * rank;
  if (rank % 4 === 0) return factors.subarray(start, start + rowCount * rank);
  const stride = 4 * Math.ceil(rank / 4);
  const padded = new Float32Array(rowCount * stride);
  for (let row = 0; row < rowCount; row++) {
    padded.set(factors.subarray(start + row * rank, start + (row + 1) * rank), row * stride);
  }
  return padded;
}

/** Writes padded rows into row-major `target` from row `firstRow` on, without the padding. */
export function unpadFactors(
  padded: Float32Array,
  { rank, firstRow, target }: { readonly rank: number; readonly firstRow: number; readonly target: Float32Array },
): void {
  const stride = 4 * Math.ceil(rank / 4);
  const rowCount = padded.length / stride;
  for (let row = 0; row < rowCount; row++) {
    target.set(padded.subarray(row * stride, row * stride + rank), (firstRow + row) * rank);
  }
}
