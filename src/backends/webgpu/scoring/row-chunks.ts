import { type GpuDevice, largestBinding } from '../../../gpu/device.ts';

/**
 * The most bytes of an array in one submit, so that a large batch neither fills the GPU nor occupies it for seconds.
 */
export function comfortableBytes({ limits }: Pick<GpuDevice, 'limits'>): number {
  return Math.min(2 ** 26, largestBinding(limits));
}

/** Consecutive rows `first … end` that are computed in one submit. */
export interface RowChunk {
  readonly first: number;
  readonly end: number;
}

/**
 * Cuts `rowCount` rows, in order, into as few chunks as the bounds allow. A single row with more than `mostEntries`
 * becomes a chunk of its own; if a binding cannot hold it, the kernel refuses it with the numbers.
 */
export function* rowChunks(
  rowCount: number,
  bounds: {
    readonly mostRows: number;
    /** Entries of row `r` are `offsets[r] … offsets[r + 1]`. */
    readonly offsets?: Uint32Array | undefined;
    readonly mostEntries?: number;
  },
): Generator<RowChunk> {
  const { mostRows, offsets, mostEntries = Infinity } = bounds;
  for (let first = 0; first < rowCount;) {
    let end = Math.min(rowCount, first + Math.max(1, Math.floor(mostRows)));
    if (offsets) while (end > first + 1 && offsets[end]! - offsets[first]! > mostEntries) end--;
    yield { first, end };
    first = end;
  }
}
