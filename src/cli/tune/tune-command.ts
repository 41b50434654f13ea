import type { BackendKind } from '../../backends/backend.ts';
import type { Metric } from '../../evaluation/metrics.ts';
import { type Candidate, searchSettings, type SearchSpace, type Trial } from '../../evaluation/search.ts';
import { numberArgument, parseArguments, UsageError, wholeNumbersArgument } from '../arguments.ts';
import { metricsArgument } from '../evaluate/evaluate-command.ts';
import { evaluateCommandLine } from '../evaluate/evaluate-command-line.ts';
import { type DataArguments, dataOptions, parseDataArguments } from '../read/data-arguments.ts';
import { type FitSettings, isWeighed, keptFitArguments, parseFitArguments } from '../train/fit-arguments.ts';
import { backendArgument, openBackend } from '../open-backend.ts';
import { datasetFolder } from '../read/read-dataset-folder.ts';
import { showProgress } from '../show-progress.ts';
import { tuningProblems } from './tuning-problems.ts';

export const tuneUsage = `pocketrec tune: searches the settings of implicit ALS on the training data alone, by
successive halving on a part held out of it, and prints the command that evaluates the best ones. A test file may be
named, so that it stands in that command; it is never opened.

Data, as pocketrec evaluate takes them:
  --train FILE [--test FILE]      holds out a share of each user's items
  --train FILE --split-time T     holds out the last share of what comes before T
  --protocol strong               for each fold (or --folds 0,1), on the users outside it: they are split again into
                                  --fold-count folds; a command for each fold
      --inner-folds N             measure only N of these; default all
  --held-out 0.2 --split-seed 1 --fold-count 5 --split FILE --format csv --min-value V --unseen-items keep

Search:
  --metric ndcg@20                what is to be large
  --factors 32,64,128             counts of factors to try
  --exponents 1                   ν to try
  --trials 27                     candidates at the start, at a quarter of the epochs; a third go on, twice
  --epochs 16                     epochs of the last round
  --users 5000                    users measured, at most (a seeded sample)
  --seed 1                        of the search and of the models
  --plain                         leave --value-weight and both discounts at 0
  --solver NAME --feedback presence --backend cpu

Output:
  --json                          one object: what was found (options of fit), every trial, and the command;
                                  evaluate reads it with --tuned, and so does train if it was tuned without folds
`;

/** α₀ and λ (at ν = 1) that cover what is published for data from thousands to billions of interactions. */
const unobservedWeights = [0.003, 3] as const;
const regularizations = [0.0003, 0.05] as const;

/** What the command line asks for. */
export interface TuneRequest {
  readonly data: DataArguments;
  /** Everything but what is searched. */
  readonly base: FitSettings;
  readonly metric: Metric;
  readonly factors: readonly number[];
  readonly exponents: readonly number[];
  readonly trials: number;
  readonly maximumUsers: number;
  readonly innerFolds: number | null;
  readonly isPlain: boolean;
  readonly backend: BackendKind;
}

/** What was found for one fold, or for the one training part. */
export interface Tuned {
  readonly fold: number | null;
  /** Options that `fit` takes. */
  readonly settings: FitSettings;
  /** The metric on the part held out, and how many users it is of. */
  readonly score: number;
  readonly users: number;
  readonly command: string;
  readonly trials: readonly Trial[];
}

/** What `--json` prints. */
export interface TuneReport {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly backend: BackendKind;
  readonly adapter: string | null;
  readonly seconds: number;
  readonly tuned: readonly Tuned[];
}

/** `pocketrec tune`. @throws {UsageError | RecommenderError} what is wrong, and where */
export async function tuneCommand(args: string[]): Promise<void> {
  const { values } = parseArguments(args, {
    ...dataOptions,
    ...keptFitArguments,
    factors: { type: 'string', default: '32,64,128' },
    exponents: { type: 'string', default: '1' },
    metric: { type: 'string', default: 'ndcg@20' },
    trials: { type: 'string', default: '27' },
    users: { type: 'string', default: '5000' },
    'inner-folds': { type: 'string' },
    plain: { type: 'boolean', default: false },
    backend: { type: 'string', default: 'cpu' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (values.help) {
    console.log(tuneUsage);
    return;
  }
  const metrics = metricsArgument(values.metric);
  if (metrics.length !== 1) throw new UsageError(`--metric must be one metric, got ${JSON.stringify(values.metric)}.`);
  const { factors, ...rest } = values;
  const report = await tune({
    data: parseDataArguments(values, { needsTest: false, defaultFolder: datasetFolder }),
    base: parseFitArguments(rest),
    metric: metrics[0]!,
    factors: factorsArgument(factors),
    exponents: exponentsArgument(values.exponents),
    trials: numberArgument('trials', { text: values.trials, low: 1, high: 1000, integer: true }),
    maximumUsers: numberArgument('users', { text: values.users, low: 1, high: 1e9, integer: true }),
    innerFolds:
      values['inner-folds'] === undefined
        ? null
        : numberArgument('inner-folds', { text: values['inner-folds'], low: 1, high: 1000, integer: true }),
    isPlain: values.plain,
    backend: backendArgument(values.backend),
  });
  console.log(values.json ? JSON.stringify(report, null, 2) : describeReport(report));
}

/** Runs the search. */
export async function tune(request: TuneRequest): Promise<TuneReport> {
  const { data, base, metric, factors, exponents, trials, maximumUsers, innerFolds, isPlain } = request;
  const started = performance.now();
  const backend = await openBackend(request.backend);
  try {
    const tuned: Tuned[] = [];
    for await (const { fold, training, score } of tuningProblems(data, { metric, maximumUsers, innerFolds, backend })) {
      let users = 0;
      const mayWeigh = !isPlain && base.feedback === 'presence';
      const space: SearchSpace = {
        factors,
        exponents,
        valueWeights: mayWeigh && new Set(training.values).size > 1 ? [0, 0.1, 0.2, 0.4] : [0],
        activityDiscounts: mayWeigh ? [0, 0.2, 0.4, 0.6] : [0],
        popularityDiscounts: mayWeigh ? [0, 0.1, 0.2, 0.4] : [0],
        unobservedWeight: unobservedWeights,
        regularization: regularizations,
        typicalEntries: training.nonZeroCount / training.rowCount,
        otherSideCount: training.columnCount,
      };
      let count = 0;
      const { best, trials: all } = await searchSettings(space, {
        count: trials,
        epochs: base.epochs,
        seed: base.seed,
        score: async (candidate, epochs) => {
          const result = await score(settingsOf(candidate, base, epochs));
          users = result.users;
          return result.value;
        },
        onTrial: (trial) => {
          const where = fold === null ? '' : `fold ${fold}, `;
          showProgress(`${where}trial ${++count}: ${metric.name} ${trial.score.toFixed(4)} (k ${trial.factors})`);
        },
      });
      const settings = settingsOf(best, base, base.epochs);
      tuned.push({
        fold,
        settings,
        score: rounded(best.score),
        users,
        command: evaluateCommandLine({ data, settings, fold, metric: metric.name, backend: request.backend }),
        trials: all.map((trial) => ({ ...trial, score: rounded(trial.score) })),
      });
    }
    return {
      settings: {
        train: data.train,
        format: data.format,
        protocol: data.protocol.kind,
        heldOut: data.heldOut,
        splitSeed: data.splitSeed,
        metric: metric.name,
        factors,
        exponents,
        trials,
        epochs: base.epochs,
        seed: base.seed,
        users: maximumUsers,
        ...(innerFolds !== null && { innerFolds }),
      },
      backend: backend.info.kind,
      adapter: backend.info.adapter,
      seconds: Math.round(performance.now() - started) / 1000,
      tuned,
    };
  } finally {
    showProgress(null);
    backend.dispose();
  }
}

/** A point of the search as options of `fit`. */
function settingsOf(candidate: Candidate, base: FitSettings, epochs: number): FitSettings {
  const { factors, unobservedWeight, regularization, exponent } = candidate;
  const { valueWeight, activityDiscount, popularityDiscount } = candidate;
  const weights = { valueWeight, activityDiscount, popularityDiscount };
  const searched = { factors, unobservedWeight, regularization, exponent, ...(isWeighed(weights) && { weights }) };
  return { ...base, ...searched, epochs };
}

function factorsArgument(text: string): number[] {
  const counts = wholeNumbersArgument('factors', text);
  const wrong = counts.find((count) => count < 1 || count > 256);
  if (wrong === undefined) return counts;
  throw new UsageError(`--factors must be whole numbers from 1 to 256, got ${wrong}.`);
}

function exponentsArgument(text: string): number[] {
  return text.split(',').map((part) => numberArgument('exponents', { text: part, low: 0, high: 1, integer: false }));
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function describeReport({ settings, tuned, backend, seconds }: TuneReport): string {
  return tuned
    .flatMap(({ fold, score, users, command, trials }) => [
      `# ${fold === null ? '' : `fold ${fold}: `}${String(settings['metric'])} ${score.toFixed(4)} on ${users} users held out of the ` +
        `training data, best of ${trials.length} trials`,
      command,
    ])
    .concat(`# ${seconds.toFixed(0)} seconds on the ${backend} back end`)
    .join('\n');
}
