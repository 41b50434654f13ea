import { AlsTrainer } from '../model/als-trainer.ts';
import type { Backend } from '../backends/backend.ts';
import type { CsrMatrix } from '../data/csr-matrix.ts';
import type { FitOptions } from '../model/fit-options.ts';
import { factorModelRanker } from './factor-model-ranker.ts';
import { InteractionWeights, type WeightOptions } from '../model/interaction-weights.ts';
import type { Ranker } from './ranker.ts';

/** How and where to train. */
export interface AlsTraining extends FitOptions {
  readonly backend: Backend;
  /** Weighs the interactions by their values and users, and histories alike; without it `feedback` decides. */
  readonly weights?: WeightOptions | undefined;
}

/**
 * Trains by the product's own engine, for evaluation.
 *
 * @param training users × items
 * @throws {DeviceLostError} | {GpuLimitError} the back end gave up
 */
export async function trainAls(
  training: CsrMatrix,
  { backend, weights: weightOptions, ...options }: AlsTraining,
): Promise<Ranker> {
  if (weightOptions === undefined) return factorModelRanker(await trainedModel(training, options, backend), backend);
  const weights = new InteractionWeights(training, weightOptions);
  const model = await trainedModel(weights.weigh(training), { ...options, feedback: 'strength' }, backend);
  const ranker = await factorModelRanker(model, backend);
  return { ...ranker, rank: (histories, k) => ranker.rank(weights.weigh(histories), k) };
}

async function trainedModel(training: CsrMatrix, options: FitOptions, backend: Backend) {
  // Lists are measured by row, so that any ids do.
  const itemIds = Array.from({ length: training.columnCount }, (_, row) => String(row));
  const trainer = new AlsTrainer(training, { ...options, itemIds });
  // Without a fallback: a measured figure must not claim a back end that it was not measured on.
  for await (const report of trainer.run({ backend })) void report;
  return (await trainer.model())!;
}
