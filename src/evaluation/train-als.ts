import { AlsTrainer } from '../model/als-trainer.ts';
import type { Backend } from '../backends/backend.ts';
import type { FitOptions } from '../model/fit-options.ts';
import type { Interactions } from '../data/interactions.ts';
import { factorModelRanker } from './factor-model-ranker.ts';
import { InteractionWeights, type WeightOptions } from './interaction-weights.ts';
import { interactionsOf, matrixOf } from './matrix-rows.ts';
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
 * @throws {DeviceLostError} | {GpuLimitError} the back end gave up
 */
export async function trainAls(
  training: Interactions,
  { backend, weights: weightOptions, ...options }: AlsTraining,
): Promise<Ranker> {
  if (weightOptions === undefined) return factorModelRanker(await trainedModel(training, options, backend), backend);
  const matrix = matrixOf(training);
  const weights = new InteractionWeights(matrix, weightOptions);
  const weighed = interactionsOf(weights.weigh(matrix), training.itemIds);
  const model = await trainedModel(weighed, { ...options, feedback: 'strength' }, backend);
  const ranker = await factorModelRanker(model, backend);
  return { ...ranker, rank: (histories, k) => ranker.rank(weights.weigh(histories), k) };
}

async function trainedModel(training: Interactions, options: FitOptions, backend: Backend) {
  const trainer = new AlsTrainer(training, options);
  // Without a fallback: a measured figure must not claim a back end that it was not measured on.
  for await (const report of trainer.run({ backend })) void report;
  return (await trainer.model())!;
}
