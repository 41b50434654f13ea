import type { Backend } from '../backends/backend.ts';
import type { FactorModel } from '../model/factor-model.ts';
import { emptyMask, setBit } from '../backends/item-mask.ts';
import { historyMatrixEquations } from '../model/row-equations.ts';
import type { CsrMatrix } from '../data/csr-matrix.ts';
import type { Ranker } from './ranker.ts';

/**
 * A trained model under evaluation, by the same exact fold-in and the same top-k that serve a visitor. A history's
 * values are weighed as the model's `feedback` or its weights have it.
 */
export async function factorModelRanker(model: FactorModel, backend: Backend): Promise<Ranker> {
  const table = await backend.openItemTable(model.itemSide);
  return {
    rank: async (histories, k) => {
      const equations = historyMatrixEquations(histories, model);
      const { topK } = await table.foldInTopK(equations, { k, mask: maskOf(histories) });
      return topK;
    },
    dispose: () => table.dispose(),
  };
}

/** One mask per row, with the bits of its own items set. */
function maskOf({ rowCount, columnCount, rowOffsets, columns }: CsrMatrix): Uint32Array {
  const wordCount = emptyMask(columnCount).length;
  const masks = new Uint32Array(rowCount * wordCount);
  for (let row = 0; row < rowCount; row++) {
    const mask = masks.subarray(row * wordCount, (row + 1) * wordCount);
    for (let entry = rowOffsets[row]!; entry < rowOffsets[row + 1]!; entry++) setBit(mask, columns[entry]!);
  }
  return masks;
}
