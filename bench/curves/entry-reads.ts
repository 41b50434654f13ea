import type { Kernels } from '../../src/backends/cpu/kernels.ts';
import type { KernelSource } from '../../src/backends/cpu/wasm/wasm-kernels.ts';

/** The kernels of a source, and how many entries' factor rows they have read in row solves. */
export interface EntryReads {
  readonly source: KernelSource;
  count: number;
}

/**
 * Counts what row solves read: an entry once for the first residual and once per step; an exact solve reads it once. Rows
 * that end early do not tell, so their steps are found by solving them again with fewer: a row took a step where one
 * more changed it.
 */
export function countEntryReads(source: KernelSource): EntryReads {
  const reads: EntryReads = {
    source: { ...source, open: (byteLength) => counting(source.open(byteLength)) },
    count: 0,
  };
  const counting = (kernels: Kernels): Kernels => {
    const entriesOf = (offsets: number, first: number, end: number): number => {
      const words = new Uint32Array(kernels.memory.buffer);
      return words[offsets / 4 + end]! - words[offsets / 4 + first]!;
    };
    // A WebAssembly instance's exports cannot be changed.
    return {
      ...kernels,
      memory: kernels.memory,
      cholesky(...call) {
        reads.count += entriesOf(call[0], call[8], call[9]);
        kernels.cholesky(...call);
      },
      conjugateGradient(...call) {
        const [offsets, , , , , factors, , bytes, first, end, , , steps, tolerance] = call;
        reads.count += entriesOf(offsets, first, end);
        if (tolerance === 0) {
          reads.count += steps * entriesOf(offsets, first, end);
          kernels.conjugateGradient(...call);
          return;
        }
        const width = bytes / 4;
        const rows = new Float32Array(kernels.memory.buffer, factors + first * bytes, (end - first) * width);
        const start = rows.slice();
        let before = start;
        for (let step = 1; step <= steps; step++) {
          rows.set(start);
          kernels.conjugateGradient(...(call.with(12, step) as unknown as typeof call));
          for (let row = first; row < end; row++) {
            const from = (row - first) * width;
            const isSame = rows.subarray(from, from + width).every((value, i) => value === before[from + i]);
            if (!isSame) reads.count += entriesOf(offsets, row, row + 1);
          }
          before = rows.slice();
        }
      },
    };
  };
  return reads;
}
