import { AlsTrainer, type EpochReport } from '../../model/als-trainer.ts';
import { createCpuBackend } from '../../backends/cpu/cpu-backend.ts';
import type { FitOptions } from '../../model/fit-options.ts';
import { interactionMatrix, type Interactions } from '../../data/interactions.ts';
import { RecommenderError } from '../../errors.ts';
import { parseArguments, UsageError } from '../arguments.ts';
import { licenceText } from './movielens-licence.ts';
import { packFiles, writeFiles } from '../train/pack-files.ts';
import { datasetFolder, readDatasetFolder } from '../read/read-dataset-folder.ts';

const usage = `Usage: npm run model -- [--to DIR]

Trains the model that the demo ships, on all of MovieLens small, on the CPU. The same
data and seed give the same bytes.

  --to DIR   where to write; default public/models/movielens-small
`;

/** The shipped model. Chosen for size; `npm run evaluate` has the accuracy of these settings. */
export const shippedModel: FitOptions = {
  name: 'movielens-small',
  objective: 'implicit',
  feedback: 'presence',
  factors: 64,
  epochs: 12,
  unobservedWeight: 1,
  regularization: 0.001,
  exponent: 1,
  solver: 'cg',
  seed: 1,
};

const whatWasChanged = `model.safetensors holds what a recommender learned from the ratings
(64 numbers per film, and how many users rated it).`;

/** Runs the program; returns the exit status: 0 done, 1 failed, 2 wrong usage. */
export async function main(args: string[]): Promise<number> {
  try {
    const { values } = parseArguments(args, {
      to: { type: 'string', default: 'public/models/movielens-small' },
      help: { type: 'boolean', default: false },
    });
    if (values.help) {
      console.log(usage);
      return 0;
    }
    const { interactions } = await readDatasetFolder(datasetFolder);
    const files = await buildModel(interactions, {
      fit: shippedModel,
      onEpoch: ({ epoch, epochs, loss, elapsedMs }) => {
        console.log(`epoch ${epoch} of ${epochs}: loss ${loss.toFixed(1)}, ${Math.round(elapsedMs)} ms`);
      },
    });
    const licence = new TextEncoder().encode(licenceText(whatWasChanged));
    for (const written of await writeFiles(values.to, new Map([...files, ['LICENSE.txt', licence]]))) {
      console.log(`${written.path}: ${written.byteLength} bytes`);
    }
    return 0;
  } catch (error) {
    if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
    else if (error instanceof RecommenderError) console.error(error.message);
    else throw error;
    return error instanceof UsageError ? 2 : 1;
  }
}

/** How to train, and who wants to hear of it. */
export interface BuildModelOptions {
  readonly fit: FitOptions;
  readonly onEpoch?: (report: EpochReport) => void;
}

/** Trains on the CPU and gives the model's files by name. The same interactions and options give the same bytes. */
export async function buildModel(
  interactions: Interactions,
  { fit, onEpoch }: BuildModelOptions,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const trainer = new AlsTrainer(interactionMatrix(interactions), { ...fit, itemIds: interactions.itemIds });
  for await (const report of trainer.run({ backend: createCpuBackend() })) onEpoch?.(report);
  return packFiles(trainer.model!);
}
