import { CsrMatrix } from '../data/csr-matrix.ts';

/** How interactions weigh; all 0: all alike. */
export interface WeightOptions {
  /** w: an interaction whose value is one standard deviation above the mean weighs 1 + w. */
  readonly valueWeight: number;
  /** d: an interaction of a user with twice as many of them weighs 2^−d as much. */
  readonly activityDiscount: number;
  /** p: an interaction with an item that twice as many users have weighs 2^−p as much. */
  readonly popularityDiscount: number;
}

/** No interaction turns into a dislike for a low value. */
const leastValueWeight = 0.05;

/**
 * Strengths of interactions, for an implicit model with `feedback: 'strength'`:
 *
 *     s_ui = max(0.05, 1 + w (r_ui − r̄) / σ) · (n_u / n̄)^−d · (m_i / m̄)^−p
 *
 * with the mean r̄ and standard deviation σ of the values, n_u the user's interactions, m_i the item's, and n̄ and m̄
 * the geometric means of n and m over all interactions, so that these weigh 1 in the mean whatever d and p are: α₀ and
 * λ keep their meaning. All means and m are of the training part; a history is weighed by the same numbers. Weighing
 * against popularity: Steck 2011, "Item Popularity and Recommendation Accuracy".
 */
export class InteractionWeights {
  readonly #options: WeightOptions;
  readonly #mean: number;
  /** 1 / σ; 0 where all values are equal, which then say nothing. */
  readonly #inverseDeviation: number;
  readonly #typicalActivity: number;
  /** (m_i / m̄)^−p by item; of an item without interactions as of one with a single one. */
  readonly #ofItem: Float64Array;

  /** @param training users × items */
  constructor(training: CsrMatrix, options: WeightOptions) {
    this.#options = options;
    const { values, rowOffsets, columns, columnCount } = training;
    let sum = 0;
    for (const value of values) sum += value;
    this.#mean = values.length === 0 ? 0 : sum / values.length;
    let squares = 0;
    for (const value of values) squares += (value - this.#mean) ** 2;
    this.#inverseDeviation = squares === 0 ? 0 : Math.sqrt(values.length / squares);
    this.#typicalActivity = typicalCount(rowOffsets.subarray(1).map((end, row) => end - rowOffsets[row]!));
    const popularity = new Uint32Array(columnCount);
    for (const item of columns) popularity[item]!++;
    const typicalPopularity = typicalCount(popularity);
    this.#ofItem = Float64Array.from(
      popularity,
      (count) => (Math.max(1, count) / typicalPopularity) ** -options.popularityDiscount,
    );
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
      const ofUser = ((end - first) / this.#typicalActivity) ** -activityDiscount;
      for (let entry = first; entry < end; entry++) {
        const ofValue = Math.max(leastValueWeight, 1 + scale * (values[entry]! - this.#mean));
        strengths[entry] = ofValue * ofUser * this.#ofItem[columns[entry]!]!;
      }
    }
    return new CsrMatrix(rowCount, columnCount, rowOffsets, columns, strengths);
  }
}

/** The geometric mean of the counts, each as often as it counts; 1 where there is nothing. */
function typicalCount(counts: Uint32Array): number {
  let logarithms = 0;
  let total = 0;
  for (const count of counts) {
    if (count === 0) continue;
    logarithms += count * Math.log(count);
    total += count;
  }
  return total === 0 ? 1 : Math.exp(logarithms / total);
}
