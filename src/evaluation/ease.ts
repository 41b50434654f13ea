import { InvalidOptionError } from '../errors.ts';
import { transposed } from '../data/transposed.ts';
import type { CsrMatrix } from '../data/csr-matrix.ts';
import { rankScores } from './rank-scores.ts';
import type { Ranker } from './ranker.ts';

/**
 * EASE (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data"), the referee that is exact: no random
 * start, no epochs. With X the users × items matrix of ones and P = (XᵀX + λI)⁻¹, its item weights are
 * B_ij = −P_ij / P_jj off the diagonal and 0 on it, and the scores of a history h are h B.
 *
 * Items outnumber users here, so P is never formed. By Woodbury, with K = (XXᵀ + λI)⁻¹ over the users,
 * P = (I − Xᵀ K X) / λ, hence for an item j outside the history
 *
 *     (h B)_j = (K X hᵀ)ᵀ x_j / (1 − x_jᵀ K x_j)        x_j: column j of X
 *
 * and λ cancels. Double precision; cost: users³ / 3 and Σ_j (users of j)².
 *
 * @param training users × items
 */
export function trainEase(training: CsrMatrix, { lambda }: { readonly lambda: number }): Ranker {
  if (!(lambda > 0)) throw new InvalidOptionError(`lambda must be above 0, got ${lambda}.`);
  const byItem = transposed(training);
  const userCount = training.rowCount;
  const usersOf = (item: number) => byItem.columns.subarray(byItem.rowOffsets[item], byItem.rowOffsets[item + 1]);

  const gram = new Float64Array(userCount * userCount);
  for (let item = 0; item < byItem.rowCount; item++) {
    const users = usersOf(item);
    for (const left of users) for (const right of users) gram[left * userCount + right]!++;
  }
  for (let user = 0; user < userCount; user++) gram[user * userCount + user]! += lambda;
  const inverse = invertPositiveDefinite(gram, userCount);

  const denominators = new Float64Array(byItem.rowCount);
  for (let item = 0; item < byItem.rowCount; item++) {
    const users = usersOf(item);
    let quadratic = 0;
    for (const left of users) for (const right of users) quadratic += inverse[left * userCount + right]!;
    denominators[item] = 1 - quadratic;
  }

  return {
    rank: async (histories, k) => {
      const scores = new Float64Array(byItem.rowCount);
      return rankScores(histories, {
        k,
        scoresOf: (row) => {
          const shared = new Float64Array(userCount); // X hᵀ: items that each training user shares with the history
          for (let entry = histories.rowOffsets[row]!; entry < histories.rowOffsets[row + 1]!; entry++) {
            for (const user of usersOf(histories.columns[entry]!)) shared[user]!++;
          }
          const weights = new Float64Array(userCount);
          for (let user = 0; user < userCount; user++) {
            let sum = 0;
            for (let other = 0; other < userCount; other++) sum += inverse[user * userCount + other]! * shared[other]!;
            weights[user] = sum;
          }
          for (let item = 0; item < byItem.rowCount; item++) {
            let sum = 0;
            for (const user of usersOf(item)) sum += weights[user]!;
            scores[item] = sum / denominators[item]!;
          }
          return scores;
        },
      });
    },
  };
}

/** A⁻¹ of a symmetric positive definite `size × size` matrix, by A = L Lᵀ and A⁻¹ = L⁻ᵀ L⁻¹. */
function invertPositiveDefinite(matrix: Float64Array, size: number): Float64Array {
  const lower = Float64Array.from(matrix);
  for (let column = 0; column < size; column++) {
    for (let row = column; row < size; row++) {
      let sum = lower[row * size + column]!;
      for (let at = 0; at < column; at++) sum -= lower[row * size + at]! * lower[column * size + at]!;
      lower[row * size + column] = row === column ? Math.sqrt(sum) : sum / lower[column * size + column]!;
    }
  }
  // Row c of `inverseLower` is column c of L⁻¹, so that the sums below run along rows.
  const inverseLower = new Float64Array(size * size);
  for (let column = 0; column < size; column++) {
    inverseLower[column * size + column] = 1 / lower[column * size + column]!;
    for (let row = column + 1; row < size; row++) {
      let sum = 0;
      for (let at = column; at < row; at++) sum -= lower[row * size + at]! * inverseLower[column * size + at]!;
      inverseLower[column * size + row] = sum / lower[row * size + row]!;
    }
  }
  const inverse = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = 0;
      for (let at = row; at < size; at++) sum += inverseLower[row * size + at]! * inverseLower[column * size + at]!;
      inverse[row * size + column] = sum;
      inverse[column * size + row] = sum;
    }
  }
  return inverse;
}
