import type { BackendKind } from '../../backends/backend.ts';
import { AlsTrainer } from '../../model/als-trainer.ts';
import { parseArguments, UsageError } from '../arguments.ts';
import { backendArgument, openBackend } from '../open-backend.ts';
import { type DataArguments, dataOptions, parseDataArguments } from '../read/data-arguments.ts';
import { readMatrix, type RowCounts } from '../read/read-matrix.ts';
import { showProgress } from '../show-progress.ts';
import { readTunedSettings } from '../tune/tuned-settings.ts';
import { fitArguments, type FitSettings, parseFitArguments } from './fit-arguments.ts';
import { packFiles, writeFiles } from './pack-files.ts';

export const trainUsage = `pocketrec train: trains implicit ALS on all of a file of interactions and writes the model: manifest.json and
model.safetensors, which a page loads from that folder (createRecommender's model) and Engine in Node.

Data, as pocketrec evaluate takes them:
  --train FILE  --format csv  --min-value V

Model, as pocketrec evaluate takes it:
  --factors 64  --alpha0 .3  --regularization .003  --exponent 1  --epochs 16  --seed 1  --alpha A  --solver NAME
  --feedback presence  --value-weight W  --activity-discount D  --popularity-discount P
  --tuned FILE                    settings as pocketrec tune --json prints them; arguments given here win
  --name TEXT                     written into the model; default none
  --backend cpu|webgpu            default cpu

Output:
  --out FOLDER                    where to write; files of a model that lies there are replaced
  --json                          one object and nothing else
`;

/** What the command line asks for. */
export interface TrainRequest {
  readonly data: Pick<DataArguments, 'train' | 'format' | 'minimumValue'>;
  readonly settings: FitSettings;
  readonly backend: BackendKind;
  /** The folder to write to. */
  readonly out: string;
}

/** What `--json` prints. */
export interface TrainReport {
  readonly settings: FitSettings;
  /** Where the last epoch was trained. */
  readonly backend: BackendKind;
  /** The objective after the last epoch. */
  readonly loss: number;
  /** Of reading and training. */
  readonly seconds: number;
  readonly data: RowCounts & { readonly users: number; readonly items: number; readonly belowMinimum: number };
  readonly files: readonly { readonly path: string; readonly byteLength: number }[];
}

/** `pocketrec train`. @throws {UsageError | RecommenderError} what is wrong, and where */
export async function trainCommand(args: string[]): Promise<void> {
  const { train, format, 'min-value': minimumValue } = dataOptions;
  const { values } = parseArguments(args, {
    train,
    format,
    'min-value': minimumValue,
    ...fitArguments,
    name: { type: 'string' },
    tuned: { type: 'string' },
    backend: { type: 'string', default: 'cpu' },
    out: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (values.help) {
    console.log(trainUsage);
    return;
  }
  const data = parseDataArguments(values, { needsTest: false, defaultFolder: '' });
  if (values.out === undefined) throw new UsageError('--out must name a folder to write the model to.');
  const tuned = values.tuned === undefined ? undefined : (await readTunedSettings(values.tuned)).of(null);
  const report = await trainModel({
    data,
    settings: {
      ...parseFitArguments(values, tuned),
      ...(values.name !== undefined && { name: values.name }),
    },
    backend: backendArgument(values.backend),
    out: values.out,
  });
  console.log(values.json ? JSON.stringify(report, null, 2) : describeReport(report));
}

/** Reads, trains and writes. */
export async function trainModel({ data, settings, backend: kind, out }: TrainRequest): Promise<TrainReport> {
  const started = performance.now();
  const { userIds, itemIds, matrix, counts, belowMinimum } = await readMatrix(data);
  const trainer = new AlsTrainer(matrix, { ...settings, itemIds });
  const backend = await openBackend(kind);
  let last: Pick<TrainReport, 'backend' | 'loss'> = { backend: kind, loss: Number.NaN };
  try {
    for await (const { epoch, epochs, loss, backend: where, notice } of trainer.run({ backend })) {
      if (notice !== null) console.error(notice);
      showProgress(`epoch ${epoch} of ${epochs}: loss ${loss.toFixed(1)}`);
      last = { backend: where, loss };
    }
  } finally {
    showProgress(null);
    backend.dispose();
  }
  const seconds = Math.round(performance.now() - started) / 1000;
  return {
    settings,
    ...last,
    seconds,
    data: { ...counts, users: userIds.length, items: itemIds.length, belowMinimum },
    files: await writeFiles(out, await packFiles(trainer.model!)),
  };
}

function describeReport({ settings, backend, loss, seconds, data, files }: TrainReport): string {
  return [
    `${data.rows - data.duplicates} interactions of ${data.users} users with ${data.items} items, ` +
      `${settings.factors} factors, ${settings.epochs} epochs, loss ${loss.toFixed(1)}, ${seconds.toFixed(1)} seconds on ` +
      `the ${backend} back end`,
    ...files.map(({ path, byteLength }) => `${path}: ${byteLength} bytes`),
  ].join('\n');
}
