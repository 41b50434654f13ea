import { DeviceLostError } from '../../errors.ts';
import { AlsTrainer } from '../als-trainer.ts';
import type { Backend } from '../backend.ts';
import type { FitOptions, Interactions } from '../recommendation.ts';
import { factorModelRanker } from './factor-model-ranker.ts';
import type { Ranker } from './ranker.ts';

/** How and where to train. */
export interface AlsTraining extends FitOptions {
  readonly backend: Backend;
}

/**
 * Trains by the product's own engine, for evaluation.
 *
 * @throws {DeviceLostError} the back end gave up: a visitor's training goes on elsewhere, but a measured figure must
 *   not claim a back end that it was not measured on
 */
export async function trainAls(training: Interactions, { backend, ...options }: AlsTraining): Promise<Ranker> {
  const trainer = new AlsTrainer(training, options);
  for await (const { notice } of trainer.run({ backend })) if (notice !== null) throw new DeviceLostError(notice);
  return factorModelRanker(trainer.model!, backend);
}
