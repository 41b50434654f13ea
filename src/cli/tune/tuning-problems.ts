import type { Backend } from '../../backends/backend.ts';
import { evaluateHoldOut, type HoldOut } from '../../evaluation/hold-out.ts';
import { selectRows } from '../../evaluation/matrix-rows.ts';
import type { Metric } from '../../evaluation/metrics.ts';
import { holdOutTargets, seededStrongSplit } from '../../evaluation/seeded-split.ts';
import { evaluateStrong, foldsOf, meanOfFolds, type StrongSplit } from '../../evaluation/strong-generalization.ts';
import { trainAls } from '../../evaluation/train-als.ts';
import { CsrMatrix } from '../../data/csr-matrix.ts';
import { UsageError } from '../arguments.ts';
import type { DataArguments } from '../read/data-arguments.ts';
import type { FitOptions } from '../../model/fit-options.ts';
import { readStrong, readTuningHoldOut } from '../evaluate/evaluation-data.ts';

/** What is measured, and where. */
export interface TuningProblemOptions {
  readonly metric: Metric;
  /** At most so many users are measured. */
  readonly maximumUsers: number;
  /** How many folds of the strong protocol's inner split are measured; null for all. */
  readonly innerFolds: number | null;
  readonly backend: Backend;
}

/** One search: what it trains on, and how it scores settings. */
export interface TuningProblem {
  readonly fold: number | null;
  readonly training: CsrMatrix;
  readonly score: (settings: FitOptions) => Promise<{ readonly value: number; readonly users: number }>;
}

/**
 * The searches that an evaluation needs: one, or one per fold of the strong protocol. Each trains and measures on the
 * training part alone.
 *
 * @throws {InvalidDataError} as reading the data does
 * @throws {UsageError} a fold that the split does not have
 */
export async function* tuningProblems(
  data: DataArguments,
  { metric, maximumUsers, innerFolds, backend }: TuningProblemOptions,
): AsyncGenerator<TuningProblem, void> {
  const { protocol } = data;
  if (protocol.kind !== 'strong') {
    const { training, targets } = await readTuningHoldOut(data);
    const holdOut: HoldOut = { training, targets: someRows(targets, { maximumUsers, seed: data.splitSeed }) };
    const score = async (settings: FitOptions) => {
      const { sums } = await evaluateHoldOut(holdOut, {
        metrics: [metric],
        unseenItems: data.unseenItems,
        train: (part) => trainAls(part, { ...settings, backend }),
      });
      return { value: sums.means()[metric.name]!, users: sums.listCount };
    };
    yield { fold: null, training, score };
    return;
  }
  const { matrix, split } = await readStrong(data);
  const known = foldsOf(split);
  for (const fold of protocol.folds ?? known) {
    if (!known.includes(fold)) {
      throw new UsageError(`--folds: the split has the folds ${known.join(', ')}, not ${fold}.`);
    }
    const users = [...split.folds.keys()].filter((user) => split.folds[user] !== fold);
    const training = selectRows(matrix, users);
    const { heldOut, splitSeed: seed, foldCount } = data;
    const inner = seededStrongSplit(training, { foldCount, heldOut, seed });
    const innerSplit: StrongSplit = { ...inner, targets: someRows(inner.targets, { maximumUsers, seed }) };
    const score = async (settings: FitOptions) => {
      const results = [];
      for await (const result of evaluateStrong({
        matrix: training,
        split: innerSplit,
        metrics: [metric],
        folds: foldsOf(inner).slice(0, innerFolds ?? undefined),
        train: (part) => trainAls(part, { ...settings, backend }),
      })) {
        results.push(result);
      }
      const value = meanOfFolds(results)[metric.name]!;
      return { value, users: results.reduce((sum, { sums }) => sum + sums.listCount, 0) };
    };
    yield { fold, training, score };
  }
}

/** The targets of at most so many users, drawn by the seed. */
function someRows(
  targets: CsrMatrix,
  { maximumUsers, seed }: { readonly maximumUsers: number; readonly seed: number },
): CsrMatrix {
  const rows: number[] = [];
  for (let row = 0; row < targets.rowCount; row++)
    if (targets.rowOffsets[row] !== targets.rowOffsets[row + 1]) rows.push(row);
  if (rows.length <= maximumUsers) return targets;
  const all = new CsrMatrix(
    1,
    rows.length,
    Uint32Array.of(0, rows.length),
    Uint32Array.from(rows, (_, place) => place),
    new Float32Array(rows.length),
  );
  const drawn = new Set(holdOutTargets(all, { heldOut: maximumUsers / rows.length, seed }).columns);
  const isKept = new Uint8Array(targets.nonZeroCount);
  for (const [place, row] of rows.entries()) {
    if (drawn.has(place)) isKept.fill(1, targets.rowOffsets[row], targets.rowOffsets[row + 1]);
  }
  const everyRow = Uint32Array.from({ length: targets.rowCount }, (_, row) => row);
  return selectRows(targets, everyRow, (entry) => isKept[entry] === 1);
}
