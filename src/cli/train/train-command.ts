import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EpochReport } from '../../model/als-trainer.ts';
import { packFileNames } from '../../pack/model-pack.ts';
import { parseArguments, UsageError } from '../arguments.ts';
import { createCpuBackend } from '../../backends/cpu/cpu-backend.ts';
import { backendArgument, openBackend } from '../open-backend.ts';
import { dataOptions, parseDataArguments } from '../read/data-arguments.ts';
import { readMatrix } from '../read/read-matrix.ts';
import { showProgress } from '../show-progress.ts';
import { readTunedSettings } from '../tune/tuned-settings.ts';
import { fitArguments, fitUsage, parseFitArguments } from './fit-arguments.ts';
import { trainPack } from './train-pack.ts';

export const trainUsage = `pocketrec train: trains implicit ALS on all of a file and writes a model that a page loads:
a folder of manifest.json and model.safetensors, for any static host.

  --train FILE                    the interactions
  --out FOLDER                    where to write; a model that is there is kept unless --overwrite is given
  --name NAME                     free name of the model; default: the folder's

Data:
  --format csv|movielens|lightgcn|dataset   default csv: userId,itemId[,value[,timestamp]], with or without a
                                  header; dataset: a folder as npm run data writes it
  --min-value V                   only rows of at least this value

Model:
${fitUsage}`;

/** `pocketrec train`. @throws {UsageError | RecommenderError} what is wrong, and where */
export async function trainCommand(args: string[]): Promise<void> {
  const { train, format, 'min-value': minimumValue } = dataOptions;
  const { values } = parseArguments(args, {
    train,
    format,
    'min-value': minimumValue,
    ...fitArguments,
    out: { type: 'string' },
    name: { type: 'string' },
    overwrite: { type: 'boolean', default: false },
    backend: { type: 'string', default: 'cpu' },
    tuned: { type: 'string' },
    help: { type: 'boolean', default: false },
  });
  if (values.help) {
    console.log(trainUsage);
    return;
  }
  const { out } = values;
  if (values.train === undefined) throw new UsageError('--train must name a file of interactions.');
  if (out === undefined) throw new UsageError('--out must name the folder that the model is written to.');
  const manifest = path.join(out, packFileNames.manifest);
  if (!values.overwrite && existsSync(manifest)) {
    throw new UsageError(`${manifest} is there already: name another folder, or give --overwrite.`);
  }
  const kind = backendArgument(values.backend);
  const tuned = values.tuned === undefined ? undefined : (await readTunedSettings(values.tuned)).of(null);
  const fit = { ...parseFitArguments(values, tuned), name: values.name ?? path.basename(path.resolve(out)) };
  const data = parseDataArguments({ ...values, 'unseen-items': 'keep' }, { needsTest: false, defaultFolder: '' });

  const { matrix, itemIds } = await readMatrix(data);
  const backend = await openBackend(kind);
  const fallback = createCpuBackend();
  try {
    const onEpoch = ({ epoch, epochs, loss, notice }: EpochReport): void => {
      if (notice !== null) console.error(notice);
      showProgress(`epoch ${epoch} of ${epochs}: loss ${loss.toFixed(1)}`);
    };
    const files = await trainPack(matrix, { itemIds, fit, backend, fallback, onEpoch });
    await mkdir(out, { recursive: true });
    for (const [name, bytes] of files) await writeFile(path.join(out, name), bytes);
    showProgress(null);
    const sizes = [...files].map(([name, bytes]) => `${name} ${bytes.length} bytes`);
    console.log(
      `${out}: ${sizes.join(', ')}; ${matrix.nonZeroCount} interactions of ${matrix.rowCount} users with ` +
        `${itemIds.length} items.\nServe the folder from your site, and give its address to createRecommender as model.`,
    );
  } finally {
    showProgress(null);
    backend.dispose();
    fallback.dispose();
  }
}
