/**
 * Evaluation for visitors who were not in training (strong generalization, Marlin 2004; as in Liang et al. 2018,
 * "Variational Autoencoders for Collaborative Filtering"), on a fixed split: each user belongs to one fold and has
 * some items held out as targets. For each fold a model is trained on all entries of the other folds' users; it is
 * then told the non-target items of the fold's users, and ranks all other items for each of them.
 */

import { InvalidDataError } from '../../errors.ts';
import { CsrMatrix } from '../../interactions/csr-matrix.ts';
import type { TopK } from '../backend.ts';
import type { Interactions } from '../recommendation.ts';
import { meanMetrics, type Metrics, metricsListLength, metricsOf } from './metrics.ts';

/** One user's part in the split. */
export interface StrongSplitUser {
  readonly fold: number;
  /** Item rows held out; every one is among the user's entries. */
  readonly targets: ReadonlySet<number>;
}

/** A trained model under evaluation. */
export interface StrongRanker {
  /**
   * Ranks all items but those of the history for each row of `histories` (values are those of the interactions):
   * the best `k` rows, ties to the lower row.
   */
  rank(histories: CsrMatrix, k: number): Promise<Pick<TopK, 'k' | 'counts' | 'rows'>>;
  dispose?(): void;
}

/** What to evaluate, and on what. */
export interface StrongEvaluation {
  readonly interactions: Interactions;
  /** One per user row. */
  readonly split: readonly StrongSplitUser[];
  /** Trains a model on the users of the other folds. */
  readonly train: (training: Interactions) => Promise<StrongRanker>;
  /** Which folds to run; default all. */
  readonly folds?: readonly number[];
  readonly signal?: AbortSignal;
}

/** The figures of one fold. */
export interface FoldResult {
  readonly fold: number;
  /** User rows of the fold. */
  readonly users: readonly number[];
  /** One per user. */
  readonly metrics: readonly Metrics[];
}

/** The numbers of the folds that a split has, ascending. */
export function foldsOf(split: readonly StrongSplitUser[]): number[] {
  return [...new Set(split.map(({ fold }) => fold))].sort((left, right) => left - right);
}

/**
 * Runs the protocol, one fold after another.
 *
 * @throws {InvalidDataError} a split that does not fit the interactions, or a fold that it does not have
 * @throws the signal's reason, when aborted
 */
export async function* evaluateStrong(evaluation: StrongEvaluation): AsyncGenerator<FoldResult, void> {
  const { interactions, split, train, signal } = evaluation;
  if (split.length !== interactions.userCount) {
    throw new InvalidDataError(`The split is of ${split.length} users, the interactions of ${interactions.userCount}.`);
  }
  const matrix = CsrMatrix.fromTriplets({
    rowCount: interactions.userCount,
    columnCount: interactions.itemIds.length,
    rows: interactions.users,
    columns: interactions.items,
    values: interactions.values,
  });
  const known = foldsOf(split);
  for (const fold of evaluation.folds ?? known) {
    signal?.throwIfAborted();
    if (!known.includes(fold)) {
      throw new InvalidDataError(`The split has no fold ${fold}; its folds are ${known.join(', ')}.`);
    }
    const users = [...split.keys()].filter((user) => split[user]!.fold === fold);
    const histories = historiesOf(matrix, { users, split });
    const ranker = await train(trainingOf(interactions, { split, fold }));
    try {
      signal?.throwIfAborted();
      const { k, counts, rows } = await ranker.rank(histories, metricsListLength);
      const metrics = users.map((user, row) => {
        const ranked = rows.subarray(row * k, row * k + counts[row]!);
        checkUnseen(ranked, histories.columns.subarray(histories.rowOffsets[row], histories.rowOffsets[row + 1]));
        return metricsOf({ ranked, targets: split[user]!.targets });
      });
      yield { fold, users, metrics };
    } finally {
      ranker.dispose?.();
    }
  }
}

/** The mean over all users of the folds given. */
export function meanOfFolds(results: readonly FoldResult[]): Metrics {
  return meanMetrics(results.flatMap(({ metrics }) => metrics));
}

/** The entries of the users outside the fold; users are numbered anew, items are not. */
function trainingOf(
  { itemIds, users, items, values }: Interactions,
  { split, fold }: { readonly split: readonly StrongSplitUser[]; readonly fold: number },
): Interactions {
  let userCount = 0;
  const newRows = Uint32Array.from(split, (user) => (user.fold === fold ? 0 : userCount++));
  const entries: number[] = [];
  for (const [entry, user] of users.entries()) if (split[user]!.fold !== fold) entries.push(entry);
  return {
    itemIds,
    userCount,
    users: Uint32Array.from(entries, (entry) => newRows[users[entry]!]!),
    items: Uint32Array.from(entries, (entry) => items[entry]!),
    values: Float32Array.from(entries, (entry) => values[entry]!),
  };
}

/** The rows of `users` without their targets. */
function historiesOf(
  matrix: CsrMatrix,
  { users, split }: { readonly users: readonly number[]; readonly split: readonly StrongSplitUser[] },
): CsrMatrix {
  const rowOffsets = new Uint32Array(users.length + 1);
  const columns: number[] = [];
  const values: number[] = [];
  for (const [row, user] of users.entries()) {
    const { targets } = split[user]!;
    let targetCount = 0;
    for (let entry = matrix.rowOffsets[user]!; entry < matrix.rowOffsets[user + 1]!; entry++) {
      if (targets.has(matrix.columns[entry]!)) {
        targetCount++;
        continue;
      }
      columns.push(matrix.columns[entry]!);
      values.push(matrix.values[entry]!);
    }
    if (targetCount !== targets.size) {
      throw new InvalidDataError(
        `The split has ${targets.size} targets for user row ${user}, of which ${targetCount} are among its entries.`,
      );
    }
    rowOffsets[row + 1] = columns.length;
  }
  return new CsrMatrix(
    users.length,
    matrix.columnCount,
    rowOffsets,
    Uint32Array.from(columns),
    Float32Array.from(values),
  );
}

function checkUnseen(ranked: Uint32Array, history: Uint32Array): void {
  const seen = new Set(history);
  const shown = ranked.find((item) => seen.has(item));
  if (shown !== undefined) throw new Error(`Internal: the ranker returned item row ${shown}, which is in the history.`);
}
