import { CsrMatrix } from '../../interactions/csr-matrix.ts';

/** How interactions weigh; both 0: all alike. */
export interface WeightOptions {
  /** w: an interaction whose value is one standard deviation above the mean weighs 1 + w. */
  readonly valueWeight: number;
  /** d: an interaction of a user with twice as many of them weighs 2^−d as much. */
  readonly activityDiscount: number;
}

/** No interaction turns into a dislike for a low value. */
const leastValueWeight = 0.05;

/**
 * Strengths of interactions, for an implicit model with `feedback: 'strength'`:
 *
 *     s_ui = max(0.05, 1 + w (r_ui − r̄) / σ) · (n_u / n̄)^−d
 *
 * with the mean r̄ and standard deviation σ of the training values, n_u the user's interactions, and n̄ the geometric
 * mean of n over the training users. Nothing but the training part is looked at; a history is weighed by the same
 * numbers.
 */
export class InteractionWeights {
  readonly #options: WeightOptions;
  readonly #mean: number;
  /** 1 / σ; 0 where all values are equal, which then say nothing. */
  readonly #inverseDeviation: number;
  readonly #typicalCount: number;

  /** @param training users × items */
  constructor(training: CsrMatrix, options: WeightOptions) {
    this.#options = options;
    const { values, rowCount, rowOffsets } = training;
    let sum = 0;
    for (const value of values) sum += value;
    this.#mean = values.length === 0 ? 0 : sum / values.length;
    let squares = 0;
    for (const value of values) squares += (value - this.#mean) ** 2;
    this.#inverseDeviation = squares === 0 ? 0 : Math.sqrt(values.length / squares);
    let logarithms = 0;
    let users = 0;
    for (let row = 0; row < rowCount; row++) {
      const count = rowOffsets[row + 1]! - rowOffsets[row]!;
      if (count === 0) continue;
      logarithms += Math.log(count);
      users++;
    }
    this.#typicalCount = users === 0 ? 1 : Math.exp(logarithms / users);
  }

  /** The matrix with strengths for values. */
  weigh(matrix: CsrMatrix): CsrMatrix {
    const { valueWeight, activityDiscount } = this.#options;
    const { rowCount, columnCount, rowOffsets, columns, values } = matrix;
    const scale = valueWeight * this.#inverseDeviation;
    const strengths = new Float32Array(values.length);
    for (let row = 0; row < rowCount; row++) {
      const first = rowOffsets[row]!;
      const end = rowOffsets[row + 1]!;
      const ofUser = ((end - first) / this.#typicalCount) ** -activityDiscount;
      for (let entry = first; entry < end; entry++) {
        strengths[entry] = Math.max(leastValueWeight, 1 + scale * (values[entry]! - this.#mean)) * ofUser;
      }
    }
    return new CsrMatrix(rowCount, columnCount, rowOffsets, columns, strengths);
  }
}
