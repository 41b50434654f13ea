/**
 * Evaluation for users who were in training (weak generalization): a model is trained on the training part of every
 * user; each is then folded in from that same part, and all other items are ranked.
 */

import { InvalidDataError } from '../errors.ts';
import type { CsrMatrix } from '../data/csr-matrix.ts';
import { cellsShared, selectRows } from './matrix-rows.ts';
import type { Metric, MetricSums } from './metrics.ts';
import { measureRanking, type Ranker } from './ranker.ts';

/** A training part and a test part of one set of users and items. */
export interface HoldOut {
  /** Users × items. */
  readonly training: CsrMatrix;
  /** Users × items, in the same rows and columns. */
  readonly targets: CsrMatrix;
}

/** What became of the test part. */
export interface TargetCounts {
  /** Targets that count. */
  readonly targets: number;
  /** Among them, of items that nobody has in training: no model of interactions alone can find them. */
  readonly targetsOfUnseenItems: number;
  /** Users with a test part and no training part; they are not measured, and their targets do not count. */
  readonly usersNotInTraining: number;
  /** Targets that the same user has in training already: they are never ranked, and do not count. */
  readonly targetsInTraining: number;
  /** Targets of unseen items that were left out because the caller asked for it. */
  readonly unseenTargetsLeftOut: number;
}

/** What to evaluate, and how. */
export interface HoldOutEvaluation {
  readonly metrics: readonly Metric[];
  /** Whether targets of items that nobody has in training count; default `keep`. */
  readonly unseenItems?: 'keep' | 'drop' | undefined;
  /** Trains on users × items. `users`: the rows of `training` that are ranked afterwards, in that order. */
  readonly train: (training: CsrMatrix, users: readonly number[]) => Promise<Ranker>;
  readonly signal?: AbortSignal | undefined;
}

/** Figures, what they are of, and milliseconds. */
export interface HoldOutResult {
  readonly sums: MetricSums;
  readonly counts: TargetCounts;
  readonly trainingMs: number;
  readonly rankingMs: number;
}

/**
 * Trains, ranks and measures. Users without training are left out of everything; the items of both parts are ranked.
 *
 * @throws {InvalidDataError} no user has both a training part and targets
 * @throws the signal's reason, when aborted
 */
export async function evaluateHoldOut(holdOut: HoldOut, evaluation: HoldOutEvaluation): Promise<HoldOutResult> {
  const { metrics, train, signal } = evaluation;
  const { users, training, targets, counts } = measurable(holdOut, evaluation.unseenItems ?? 'keep');
  const started = performance.now();
  const ranker = await train(training, users);
  try {
    const trained = performance.now();
    const sums = await measureRanking(ranker, { histories: selectRows(training, users), targets, metrics, signal });
    return { sums, counts, trainingMs: trained - started, rankingMs: performance.now() - trained };
  } finally {
    ranker.dispose?.();
  }
}

/** `users`: rows of `training`, one per row of `targets`. */
function measurable({ training, targets }: HoldOut, unseenItems: 'keep' | 'drop') {
  const isSeenItem = new Uint8Array(training.columnCount);
  for (const item of training.columns) isSeenItem[item] = 1;
  const isKnown = cellsShared(targets, training);
  const lengthOf = ({ rowOffsets }: CsrMatrix, row: number): number => rowOffsets[row + 1]! - rowOffsets[row]!;

  let usersNotInTraining = 0;
  let targetsInTraining = 0;
  let unseenTargetsLeftOut = 0;
  let targetsOfUnseenItems = 0;
  let targetCount = 0;
  const trainingRows: number[] = [];
  const targetRows: number[] = [];
  const users: number[] = [];
  const isLeftOut = new Uint8Array(targets.nonZeroCount);
  for (let row = 0; row < training.rowCount; row++) {
    if (lengthOf(training, row) === 0) {
      if (lengthOf(targets, row) > 0) usersNotInTraining++;
      continue;
    }
    let own = 0;
    for (let entry = targets.rowOffsets[row]!; entry < targets.rowOffsets[row + 1]!; entry++) {
      const isUnseen = isSeenItem[targets.columns[entry]!] === 0;
      if (isKnown[entry] === 1) targetsInTraining++;
      else if (isUnseen && unseenItems === 'drop') unseenTargetsLeftOut++;
      else {
        own++;
        if (isUnseen) targetsOfUnseenItems++;
        continue;
      }
      isLeftOut[entry] = 1;
    }
    if (own > 0) {
      users.push(trainingRows.length);
      targetRows.push(row);
      targetCount += own;
    }
    trainingRows.push(row);
  }
  if (users.length === 0) {
    throw new InvalidDataError(
      `There is nobody to measure: ${trainingRows.length} users have a training part, none of them a target of their ` +
        `own (${usersNotInTraining} users are in the test part only, ${targetsInTraining} targets in training already).`,
    );
  }
  return {
    users,
    training: selectRows(training, trainingRows),
    targets: selectRows(targets, targetRows, (entry) => isLeftOut[entry] === 0),
    counts: {
      targets: targetCount,
      targetsOfUnseenItems,
      usersNotInTraining,
      targetsInTraining,
      unseenTargetsLeftOut,
    } satisfies TargetCounts,
  };
}
