import type { Backend, BackendKind } from '../../backends/backend.ts';
import { evaluateHoldOut } from '../../evaluation/hold-out.ts';
import { type Metric, metricNamed, MetricSums } from '../../evaluation/metrics.ts';
import { evaluateStrong, foldsOf } from '../../evaluation/strong-generalization.ts';
import { timeText } from '../../evaluation/time-split.ts';
import { trainAls } from '../../evaluation/train-als.ts';
import { resolveFitOptions } from '../../model/fit-options.ts';
import { InvalidDataError, InvalidOptionError } from '../../errors.ts';
import { parseArguments, UsageError } from '../arguments.ts';
import { type DataArguments, dataOptions, parseDataArguments } from '../read/data-arguments.ts';
import { fitArguments, type FitSettings, fitUsage, parseFitArguments } from '../train/fit-arguments.ts';
import { readHoldOut, readStrong } from './evaluation-data.ts';
import { backendArgument, openBackend } from '../open-backend.ts';
import { datasetFolder } from '../read/read-dataset-folder.ts';
import { showProgress } from '../show-progress.ts';
import { readTunedSettings } from '../tune/tuned-settings.ts';

export const evaluateUsage = `pocketrec evaluate: trains implicit ALS on one part of the data, ranks the whole catalogue
for each user without what they have in training, and measures the lists on the other part.

What is tested, one of:
  --train FILE --test FILE        two files
  --train FILE --split-time T     one file: training before T, test from T on. T is a date (2015-08-01),
                                  seconds since 1970, or a share of the interactions (0.8)
  --protocol strong               users that training never saw, folded in from a part of their items.
                                  Without --train: MovieLens small of this checkout and its fixed split
      --split FILE                a fixed split: a CSV of userId,fold,targets, or the project's JSON
      --fold-count 5 --held-out 0.2 --split-seed 1     otherwise a seeded one
      --folds 0,1                 only these folds

Data:
  --format csv|movielens|lightgcn|dataset   default csv: userId,itemId[,value[,timestamp]], with or without a
                                  header; dataset: a folder as npm run data writes it
  --min-value V                   only rows of at least this value, in both parts
  --unseen-items keep|drop        whether test items that nobody has in training count; default keep

Model:
${fitUsage}
Output:
  --metrics ndcg@20,recall@20     any of ndcg, recall, recall-capped, precision, map, hit, at 1–1000
  --json                          one object and nothing else
`;

export const defaultMetrics = 'ndcg@10,ndcg@20,ndcg@100,recall@20,recall-capped@20';

/** What the command line asks for. */
export interface EvaluateRequest {
  readonly data: DataArguments;
  /** Settings by fold where they were tuned by fold. */
  readonly settingsOf: (fold: number | null) => FitSettings;
  readonly metrics: readonly Metric[];
  readonly backend: BackendKind;
  readonly tuned: string | null;
}

/** What `--json` prints. */
export interface EvaluateReport {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly backend: BackendKind;
  readonly adapter: string | null;
  /** How many users were measured. */
  readonly users: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Of reading, of training, and of fold-in and ranking. */
  readonly seconds: { readonly reading: number; readonly training: number; readonly ranking: number };
  /** What the data are, and which of it could not be used. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** `pocketrec evaluate`. @throws {UsageError | RecommenderError} what is wrong, and where */
export async function evaluateCommand(args: string[]): Promise<void> {
  const { values } = parseArguments(args, {
    ...dataOptions,
    ...fitArguments,
    metrics: { type: 'string', default: defaultMetrics },
    backend: { type: 'string', default: 'cpu' },
    tuned: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (values.help) {
    console.log(evaluateUsage);
    return;
  }
  const metrics = metricsArgument(values.metrics);
  const data = parseDataArguments(values, { needsTest: true, defaultFolder: datasetFolder });
  const given = parseFitArguments(values);
  const backend = backendArgument(values.backend);
  const tuned = values.tuned === undefined ? null : await readTunedSettings(values.tuned);
  const settingsOf = (fold: number | null) => (tuned === null ? given : parseFitArguments(values, tuned.of(fold)));
  const report = await evaluate({ data, settingsOf, metrics, backend, tuned: values.tuned ?? null });
  console.log(values.json ? JSON.stringify(report, null, 2) : describeReport(report));
}

/** Runs an evaluation. */
export async function evaluate(request: EvaluateRequest): Promise<EvaluateReport> {
  const { data, metrics } = request;
  const started = performance.now();
  if (data.protocol.kind === 'strong') return evaluateStrongProtocol(request, started);
  const holdOut = await readHoldOut(data);
  const readingMs = performance.now() - started;
  const settings = request.settingsOf(null);
  const backend = await openBackend(request.backend);
  try {
    showProgress('training');
    const { sums, counts, trainingMs, rankingMs } = await evaluateHoldOut(holdOut, {
      metrics,
      unseenItems: data.unseenItems,
      train: async (training) => {
        const ranker = await trainAls(training, { ...settings, backend });
        showProgress('ranking');
        return ranker;
      },
    });
    const { protocol } = data;
    return {
      settings: {
        ...dataSettings(data),
        ...(protocol.kind === 'test' && { test: protocol.test }),
        ...(protocol.kind === 'time' && { splitTime: timeText(holdOut.cut!) }),
        unseenItems: data.unseenItems,
        ...modelSettings(settings),
      },
      ...backendFacts(backend),
      users: sums.listCount,
      metrics: roundedMeans(sums),
      seconds: secondsOf({ readingMs, trainingMs, rankingMs }),
      data: {
        users: holdOut.userIds.length,
        items: holdOut.itemIds.length,
        belowMinimum: holdOut.belowMinimum,
        training: holdOut.counts.training,
        test: holdOut.counts.test,
        ...counts,
      },
    };
  } finally {
    showProgress(null);
    backend.dispose();
  }
}

async function evaluateStrongProtocol(request: EvaluateRequest, started: number): Promise<EvaluateReport> {
  const { data, metrics, settingsOf } = request;
  const { protocol } = data;
  if (protocol.kind !== 'strong') throw new Error('Internal: another protocol.');
  const { userIds, itemIds, matrix, split, counts, belowMinimum } = await readStrong(data);
  const readingMs = performance.now() - started;
  const folds = protocol.folds ?? foldsOf(split);
  const known = foldsOf(split);
  const unknown = folds.find((fold) => !known.includes(fold));
  if (unknown !== undefined)
    throw new UsageError(`--folds: the split has the folds ${known.join(', ')}, not ${unknown}.`);
  const backend = await openBackend(request.backend);
  const all = new MetricSums(metrics);
  let trainingMs = 0;
  let rankingMs = 0;
  try {
    showProgress(`fold ${folds[0]}`);
    for await (const result of evaluateStrong({
      matrix,
      split,
      folds,
      metrics,
      train: (training, fold) => trainAls(training, { ...settingsOf(fold), backend }),
    })) {
      all.addAll(result.sums);
      trainingMs += result.trainingMs;
      rankingMs += result.rankingMs;
      showProgress(`fold ${result.fold} done`);
    }
    if (all.listCount === 0) throw new InvalidDataError('There is nobody to measure: no user has a target.');
    const first = settingsOf(folds[0]!);
    const differs = folds.some((fold) => JSON.stringify(settingsOf(fold)) !== JSON.stringify(first));
    return {
      settings: {
        ...dataSettings(data),
        split: protocol.split === 'own' ? 'the data set’s own' : protocol.split,
        folds,
        ...(differs
          ? { byFold: folds.map((fold) => ({ fold, ...modelSettings(settingsOf(fold)) })) }
          : modelSettings(first)),
      },
      ...backendFacts(backend),
      users: all.listCount,
      metrics: roundedMeans(all),
      seconds: secondsOf({ readingMs, trainingMs, rankingMs }),
      data: { users: userIds.length, items: itemIds.length, ...counts, belowMinimum },
    };
  } finally {
    showProgress(null);
    backend.dispose();
  }
}

/** @throws {UsageError} an unknown metric, by name; none; or one twice */
export function metricsArgument(text: string): Metric[] {
  const names = text.split(',').map((name) => name.trim());
  try {
    return [...new Set(names)].map(metricNamed);
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    throw new UsageError(`--metrics: ${error.message}`, { cause: error });
  }
}

function dataSettings({ train, format, minimumValue, protocol }: DataArguments) {
  return { train, format, protocol: protocol.kind, ...(minimumValue !== null && { minimumValue }) };
}

/** What was trained, with the engine's choices in place of what was left to it. */
function modelSettings(settings: FitSettings): FitSettings {
  return { ...settings, ...resolveFitOptions(settings).solve };
}

function backendFacts({ info }: Backend) {
  return { backend: info.kind, adapter: info.adapter };
}

function roundedMeans(sums: MetricSums): Record<string, number> {
  return Object.fromEntries(Object.entries(sums.means()).map(([name, value]) => [name, Math.round(value * 1e6) / 1e6]));
}

function secondsOf(times: { readonly readingMs: number; readonly trainingMs: number; readonly rankingMs: number }) {
  const seconds = (milliseconds: number): number => Math.round(milliseconds) / 1000;
  return { reading: seconds(times.readingMs), training: seconds(times.trainingMs), ranking: seconds(times.rankingMs) };
}

function describeReport({ settings, backend, adapter, users, metrics, seconds, data }: EvaluateReport): string {
  const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  const list = (record: object): string =>
    Object.entries(record)
      .map(([name, value]) => `${name} ${shown(value)}`)
      .join(', ');
  const width = Math.max(...Object.keys(metrics).map((name) => name.length));
  return [
    `settings  ${list(settings)}`,
    `data      ${list(data)}`,
    `back end  ${adapter === null ? backend : `${backend}, ${adapter}`}; seconds: ${list(seconds)}`,
    `${users} users measured`,
    ...Object.entries(metrics).map(([name, value]) => `  ${name.padEnd(width)}  ${value.toFixed(4)}`),
  ].join('\n');
}
