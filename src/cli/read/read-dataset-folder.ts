import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Dataset, readDataset, verifyFile } from '../../data/movielens/movielens-dataset.ts';
import { decodeStrongSplit, strongSplitRows } from '../../evaluation/strong-split.ts';
import type { StrongSplit } from '../../evaluation/strong-generalization.ts';
import { InvalidDataError } from '../../errors.ts';

/** Where `npm run data` writes, from the root of the repository. */
export const datasetFolder = 'public/datasets/movielens-small';

/**
 * Reads a data set from disk.
 *
 * @throws {InvalidDataError} a file that is missing, or as `readDataset`
 */
export async function readDatasetFolder(folder: string): Promise<Dataset> {
  const [manifest, ratings, catalogue] = await Promise.all([
    readBytes(folder, 'manifest.json'),
    readBytes(folder, 'ratings.bin'),
    readBytes(folder, 'catalogue.json'),
  ]);
  return readDataset({ manifest, ratings, catalogue });
}

/**
 * Reads the fixed evaluation split that lies beside a data set.
 *
 * @throws {InvalidDataError} the data set has none, it is damaged, or it belongs to other ratings
 */
export async function readStrongSplit(
  folder: string,
  { manifest, userIds, interactions }: Dataset,
): Promise<StrongSplit> {
  const file = manifest.files.strongSplit;
  if (file === undefined)
    throw new InvalidDataError(`The data set in ${folder} has no evaluation split (strong-split.json).`);
  const bytes = await readBytes(folder, file.path);
  await verifyFile(file, bytes);
  const split = decodeStrongSplit(new TextDecoder().decode(bytes));
  return strongSplitRows(split, { userIds, itemIds: interactions.itemIds });
}

async function readBytes(folder: string, name: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path.join(folder, name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new InvalidDataError(`${path.join(folder, name)} is missing; make the data set with npm run data.`, {
      cause: error,
    });
  }
}
