import { selectTopK } from '../backends/top-k.ts';
import type { FactorModel } from '../model/factor-model.ts';

/** Item rows by descending number of users; ties go to the lower row. */
export function mostChosen(
  model: FactorModel,
  options: { readonly count: number; readonly mask?: Uint32Array | undefined },
): Uint32Array {
  const count = Math.min(options.count, model.itemCount);
  const target = { rows: new Uint32Array(count), scores: new Float32Array(count) };
  const found = selectTopK(Float32Array.from(model.itemCounts), options.mask ?? null, target);
  return target.rows.subarray(0, found);
}

/** An item's score while nothing is known about the visitor: the share of users who chose it, or μ + b_i in stars. */
export function popularScore(model: FactorModel, row: number): number {
  return model.settings.objective === 'explicit'
    ? model.globalMean + model.itemBiases[row]!
    : model.itemCounts[row]! / Math.max(1, model.userCount);
}
