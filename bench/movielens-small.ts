import { datasetFolder, readDatasetFolder } from '../src/cli/read/read-dataset-folder.ts';
import type { Interactions } from '../src/data/interactions.ts';

/** MovieLens small as `npm run data` made it, from the root of the repository. */
export async function movielensSmall(): Promise<Interactions> {
  const { interactions } = await readDatasetFolder(datasetFolder);
  return interactions;
}
