import { AlsTrainer } from '../model/als-trainer.ts';
import type { Backend } from '../backends/backend.ts';
import type { CsrMatrix } from '../data/csr-matrix.ts';
import type { FitOptions } from '../model/fit-options.ts';
import { factorModelRanker } from './factor-model-ranker.ts';
import type { Ranker } from './ranker.ts';

/** How and where to train. */
export interface AlsTraining extends FitOptions {
  readonly backend: Backend;
}

/**
 * Trains by the product's own engine, for evaluation.
 *
 * @param training users × items
 * @throws {DeviceLostError} | {GpuLimitError} the back end gave up
 */
export async function trainAls(training: CsrMatrix, { backend, ...options }: AlsTraining): Promise<Ranker> {
  // Lists are measured by row, so that any ids do.
  const itemIds = Array.from({ length: training.columnCount }, (_, row) => String(row));
  const trainer = new AlsTrainer(training, { ...options, itemIds });
  // Without a fallback: a measured figure must not claim a back end that it was not measured on.
  for await (const report of trainer.run({ backend })) void report;
  return factorModelRanker((await trainer.model())!, backend);
}
