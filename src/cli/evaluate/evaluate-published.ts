import type { Backend, BackendKind } from '../../backends/backend.ts';
import { metricNamed } from '../../evaluation/metrics.ts';
import {
  evaluateStrong,
  type FoldResult,
  foldsOf,
  meanOfFolds,
  type StrongSplit,
} from '../../evaluation/strong-generalization.ts';
import { interactionMatrix } from '../../data/interactions.ts';
import type { CsrMatrix } from '../../data/csr-matrix.ts';
import { parseArguments, UsageError, wholeNumbersArgument } from '../arguments.ts';
import { backendArgument, openBackend } from '../open-backend.ts';
import { fitArguments, parseFitArguments } from '../train/fit-arguments.ts';
import {
  alsModel,
  defaultAlsSettings,
  easeModel,
  type EvaluatedModel,
  popularityModel,
  type PublishedColumn,
  publishedColumns,
  type PublishedFigures,
  publishedModels,
} from './published-models.ts';
import { datasetFolder, readDatasetFolder, readStrongSplit } from '../read/read-dataset-folder.ts';
import { reportFailure } from '../report-failure.ts';

const usage = `Usage: npm run evaluate -- [arguments]

Trains on four fifths of the users of MovieLens small, folds in the others from part of
their films, and measures how well the held-out films are ranked (fixed split, five folds).
Without model arguments: the project's published rows, each beside a referee's figures.

  --backend cpu|webgpu     where the engine computes; default cpu; may be given twice
  --factors 64             a model of your own: numbers per factor row, 1–256
  --alpha0 1               α₀, the weight of an unobserved cell
  --regularization 0.001   λ
  --exponent 1             ν, 0–1
  --epochs 12
  --seed 1                 of the random start
  --referees               with a model of your own: popularity and EASE too
  --folds 0,1              only these folds; default all
  --json                   an array of rows and nothing else
`;

/** Those of the fit arguments that make a model of the table's kind. */
const { factors, alpha0, regularization, exponent, epochs, seed } = fitArguments;
const modelArguments = { factors, alpha0, regularization, exponent, epochs, seed };

const columnNames = Object.keys(publishedColumns) as PublishedColumn[];

/** One measured row, as `--json` prints it. */
export type EvaluationRow = {
  readonly model: string;
  readonly backend: BackendKind;
  readonly factors: number | null;
  readonly users: number;
  readonly seconds: number;
} & PublishedFigures;

/** What the command line asks for. */
export interface EvaluateArguments {
  readonly models: readonly EvaluatedModel[];
  readonly backends: readonly BackendKind[];
  /** Null: all. */
  readonly folds: readonly number[] | null;
  readonly json: boolean;
  readonly help: boolean;
}

/** Runs the evaluation; returns the exit status: 0 done, 1 failed, 2 wrong usage. */
export async function main(args: string[]): Promise<number> {
  try {
    const asked = parseEvaluateArguments(args);
    if (asked.help) console.log(usage);
    else await evaluate(asked);
    return 0;
  } catch (error) {
    return reportFailure(error, usage);
  }
}

/** @throws {UsageError} naming the argument, what it was, and what it may be */
export function parseEvaluateArguments(args: string[]): EvaluateArguments {
  const { values } = parseArguments(args, {
    backend: { type: 'string', multiple: true, default: ['cpu'] },
    ...modelArguments,
    referees: { type: 'boolean', default: false },
    folds: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  const hasOwnModel = Object.keys(modelArguments).some(
    (name) => values[name as keyof typeof modelArguments] !== undefined,
  );
  const ownModel = alsModel(parseFitArguments(values, defaultAlsSettings));
  const models = hasOwnModel
    ? values.referees
      ? [popularityModel, ownModel, easeModel]
      : [ownModel]
    : publishedModels;
  return {
    models,
    backends: [...new Set(values.backend)].map(backendArgument),
    folds: values.folds === undefined ? null : wholeNumbersArgument('folds', values.folds),
    json: values.json,
    help: values.help,
  };
}

async function evaluate({ models, backends, folds, json }: EvaluateArguments): Promise<void> {
  const dataset = await readDatasetFolder(datasetFolder);
  const matrix = interactionMatrix(dataset.interactions);
  const split = await readStrongSplit(datasetFolder, dataset);
  const known = foldsOf(split);
  const unknown = folds?.find((fold) => !known.includes(fold));
  if (unknown !== undefined)
    throw new UsageError(`--folds: the split has the folds ${known.join(', ')}, not ${unknown}.`);
  const rows: EvaluationRow[] = [];
  const table = json ? null : new EvaluationTable(models, folds !== null && folds.length < known.length ? folds : null);
  for (const [place, kind] of backends.entries()) {
    const backend = await openBackend(kind);
    try {
      table?.start(backend);
      for (const model of models) {
        if (place > 0 && !model.usesBackend) continue;
        const row = await evaluateModel(model, {
          backend,
          matrix,
          split,
          folds: folds ?? known,
        });
        rows.push(row);
        table?.print(row, model.referee);
      }
    } finally {
      backend.dispose();
    }
  }
  if (json) console.log(JSON.stringify(rows, null, 2));
}

/** Where and on what a model is measured. */
export interface ModelEvaluation {
  readonly backend: Backend;
  /** Users × items. */
  readonly matrix: CsrMatrix;
  readonly split: StrongSplit;
  readonly folds: readonly number[];
}

/** Trains and measures one model on the given folds. Progress goes to the error stream where that is a terminal. */
export async function evaluateModel(
  model: EvaluatedModel,
  { backend, matrix, split, folds }: ModelEvaluation,
): Promise<EvaluationRow> {
  const started = performance.now();
  const results: FoldResult[] = [];
  const progress = evaluateStrong({
    matrix,
    split,
    folds,
    metrics: columnNames.map((name) => metricNamed(publishedColumns[name])),
    train: (training) => model.train(training, backend),
  });
  for await (const result of progress) {
    results.push(result);
    if (process.stderr.isTTY)
      process.stderr.write(`\r${model.name}: ${results.length} of ${folds.length} folds\u001B[K`);
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  const mean = meanOfFolds(results);
  return {
    model: model.name,
    backend: model.usesBackend ? backend.info.kind : 'cpu',
    factors: model.factors,
    'ndcg@10': rounded(mean[publishedColumns['ndcg@10']]!),
    'ndcg@100': rounded(mean[publishedColumns['ndcg@100']]!),
    'recall@20': rounded(mean[publishedColumns['recall@20']]!),
    'recall@50': rounded(mean[publishedColumns['recall@50']]!),
    users: results.reduce((sum, { sums }) => sum + sums.listCount, 0),
    seconds: Math.round((performance.now() - started) / 100) / 10,
  };
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/** Rows as they are measured, each figure beside the referee's (of all folds; left out where only some are run). */
class EvaluationTable {
  readonly #nameWidth: number;
  readonly #folds: readonly number[] | null;

  constructor(models: readonly EvaluatedModel[], folds: readonly number[] | null) {
    this.#nameWidth = Math.max(...models.map(({ name }) => name.length)) + 1;
    this.#folds = folds;
  }

  start({ info }: Backend): void {
    const where = info.adapter === null ? info.kind : `${info.kind}, ${info.adapter}`;
    const note =
      this.#folds === null ? 'measured (referee)' : `folds ${this.#folds.join(', ')} only, no referee for these`;
    console.log(`\nBack end ${where}, Node ${process.version}; ${note}`);
    console.log(
      ['model'.padEnd(this.#nameWidth), ...columnNames.map((name) => name.padEnd(15)), 'users', 'seconds'].join(' '),
    );
  }

  print(row: EvaluationRow, referee: PublishedFigures | null): void {
    const cell = (name: PublishedColumn) => {
      const reference = referee === null || this.#folds !== null ? '' : ` (${fourDigits(referee[name])})`;
      return (fourDigits(row[name]) + reference).padEnd(15);
    };
    console.log(
      [
        row.model.padEnd(this.#nameWidth),
        ...columnNames.map(cell),
        String(row.users).padStart(5),
        row.seconds.toFixed(1).padStart(7),
      ].join(' '),
    );
  }
}

function fourDigits(value: number): string {
  return value.toFixed(4).replace(/^0/u, '');
}
