/**
 * Evaluation for visitors who were not in training (strong generalization, Marlin 2004; as in Liang et al. 2018,
 * "Variational Autoencoders for Collaborative Filtering"): each user belongs to one fold and has some items held out
 * as targets. For each fold a model is trained on all entries of the other folds' users; it is then told the
 * non-target items of the fold's users, and ranks all other items for each of them.
 */

import { InvalidDataError } from '../errors.ts';
import type { CsrMatrix } from '../data/csr-matrix.ts';
import { cellsShared, selectRows } from './matrix-rows.ts';
import { type Metric, MetricSums } from './metrics.ts';
import { measureRanking, type Ranker } from './ranker.ts';

/** Who belongs to which fold, and what is held out. */
export interface StrongSplit {
  /** By user row. */
  readonly folds: Uint32Array;
  /** Users × items; every entry is among the user's own. Users without any are trained on, but never measured. */
  readonly targets: CsrMatrix;
}

/** What to evaluate, and on what. */
export interface StrongEvaluation {
  /** Users × items. */
  readonly matrix: CsrMatrix;
  readonly split: StrongSplit;
  readonly metrics: readonly Metric[];
  /** Trains a model on the users of the other folds, users × items. */
  readonly train: (training: CsrMatrix, fold: number) => Promise<Ranker>;
  /** Which folds to run; default all. */
  readonly folds?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The figures of one fold. */
export interface FoldResult {
  readonly fold: number;
  readonly sums: MetricSums;
  /** Milliseconds of training, and of fold-in and ranking. */
  readonly trainingMs: number;
  readonly rankingMs: number;
}

/** The numbers of the folds that a split has, ascending. */
export function foldsOf({ folds }: StrongSplit): number[] {
  return [...new Set(folds)].sort((left, right) => left - right);
}

/**
 * Runs the protocol, one fold after another.
 *
 * @throws {InvalidDataError} a split that does not fit the matrix, or a fold that it does not have
 * @throws the signal's reason, when aborted
 */
export async function* evaluateStrong(evaluation: StrongEvaluation): AsyncGenerator<FoldResult, void> {
  const { matrix, split, metrics, train, signal } = evaluation;
  const isTarget = targetEntries(matrix, split);
  const known = foldsOf(split);
  for (const fold of evaluation.folds ?? known) {
    signal?.throwIfAborted();
    if (!known.includes(fold)) {
      throw new InvalidDataError(`The split has no fold ${fold}; its folds are ${known.join(', ')}.`);
    }
    const { targets } = split;
    const users = rowsWhere(
      split,
      (user) => split.folds[user] === fold && targets.rowOffsets[user] !== targets.rowOffsets[user + 1],
    );
    const others = rowsWhere(split, (user) => split.folds[user] !== fold);
    const started = performance.now();
    const ranker = await train(selectRows(matrix, others), fold);
    try {
      const trained = performance.now();
      const sums = await measureRanking(ranker, {
        histories: selectRows(matrix, users, (entry) => isTarget[entry] === 0),
        targets: selectRows(targets, users),
        metrics,
        signal,
      });
      yield { fold, sums, trainingMs: trained - started, rankingMs: performance.now() - trained };
    } finally {
      ranker.dispose?.();
    }
  }
}

/** The mean over all users of the folds given. */
export function meanOfFolds(results: readonly FoldResult[]): Record<string, number> {
  const all = new MetricSums(results[0]?.sums.metrics ?? []);
  for (const { sums } of results) all.addAll(sums);
  return all.means();
}

function rowsWhere({ folds }: StrongSplit, isWanted: (user: number) => boolean): number[] {
  const rows: number[] = [];
  for (let user = 0; user < folds.length; user++) if (isWanted(user)) rows.push(user);
  return rows;
}

/** By entry of the matrix: 1 for a target. */
function targetEntries(matrix: CsrMatrix, { folds, targets }: StrongSplit): Uint8Array {
  if (folds.length !== matrix.rowCount || targets.rowCount !== matrix.rowCount) {
    throw new InvalidDataError(`The split is of ${folds.length} users, the interactions of ${matrix.rowCount}.`);
  }
  const isTarget = cellsShared(matrix, targets);
  for (let user = 0; user < matrix.rowCount; user++) {
    const wanted = targets.rowOffsets[user + 1]! - targets.rowOffsets[user]!;
    let found = 0;
    for (let entry = matrix.rowOffsets[user]!; entry < matrix.rowOffsets[user + 1]!; entry++) found += isTarget[entry]!;
    if (found !== wanted) {
      throw new InvalidDataError(
        `The split has ${wanted} targets for user row ${user}, of which ${found} are among its entries.`,
      );
    }
  }
  return isTarget;
}
