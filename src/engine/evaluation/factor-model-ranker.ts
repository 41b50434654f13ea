import type { CsrMatrix } from '../../interactions/csr-matrix.ts';
import type { Backend } from '../backend.ts';
import type { FactorModel } from '../factor-model.ts';
import { foldInEquations, type HistoryEntry } from '../row-equations.ts';
import type { StrongRanker } from './strong-generalization.ts';

/**
 * A trained model under evaluation, by the same fold-in and the same top-k that serve a visitor. Every entry of a
 * history is a positive (strength 1), as the protocol has it; an explicit model reads its value as stars.
 */
export async function factorModelRanker(model: FactorModel, backend: Backend): Promise<StrongRanker> {
  const table = await backend.openTable(model.table);
  return {
    rank: async (histories, k) => {
      const { equations } = foldInEquations(entriesOf(histories), model);
      const { topK } = await table.foldInTopK(equations, { k, mask: maskOf(histories) });
      return topK;
    },
    dispose: () => table.dispose(),
  };
}

function entriesOf({ rowCount, rowOffsets, columns, values }: CsrMatrix): HistoryEntry[][] {
  return Array.from({ length: rowCount }, (_, row) => {
    const entries: HistoryEntry[] = [];
    for (let entry = rowOffsets[row]!; entry < rowOffsets[row + 1]!; entry++) {
      entries.push({ itemRow: columns[entry]!, strength: 1, stars: values[entry]! });
    }
    return entries;
  });
}

/** One mask a row, with the bits of its own items set. */
function maskOf({ rowCount, columnCount, rowOffsets, columns }: CsrMatrix): Uint32Array {
  const wordCount = Math.ceil(columnCount / 32);
  const mask = new Uint32Array(rowCount * wordCount);
  for (let row = 0; row < rowCount; row++) {
    for (const column of columns.subarray(rowOffsets[row], rowOffsets[row + 1])) {
      mask[row * wordCount + (column >> 5)]! |= 1 << (column & 31);
    }
  }
  return mask;
}
