import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createCpuBackend } from '../../backends/cpu/cpu-backend.ts';
import type { FitOptions } from '../../model/fit-options.ts';
import { interactionMatrix } from '../../data/interactions.ts';
import { parseArguments } from '../arguments.ts';
import { trainPack } from '../train/train-pack.ts';
import { licenceText } from './movielens-licence.ts';
import { datasetFolder, readDatasetFolder } from '../read/read-dataset-folder.ts';
import { reportFailure } from '../report-failure.ts';

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
    const files = await trainPack(interactionMatrix(interactions), {
      itemIds: interactions.itemIds,
      fit: shippedModel,
      backend: createCpuBackend(),
      onEpoch: ({ epoch, epochs, loss, elapsedMs }) => {
        console.log(`epoch ${epoch} of ${epochs}: loss ${loss.toFixed(1)}, ${Math.round(elapsedMs)} ms`);
      },
    });
    await mkdir(values.to, { recursive: true });
    const licence = new TextEncoder().encode(licenceText(whatWasChanged));
    for (const [name, bytes] of [...files, ['LICENSE.txt', licence] as const]) {
      await writeFile(path.join(values.to, name), bytes);
      console.log(`${path.join(values.to, name)}: ${bytes.length} bytes`);
    }
    return 0;
  } catch (error) {
    return reportFailure(error, usage);
  }
}
