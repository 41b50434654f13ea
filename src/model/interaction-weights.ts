import { CsrMatrix } from '../data/csr-matrix.ts';
import type { HistoryEntry } from './history-entry.ts';

/** How interactions weigh; all 0: all alike. */
export interface WeightOptions {
  /** w, 0–10: an interaction whose value is one standard deviation above the mean weighs 1 + w. */
  readonly valueWeight: number;
  /** d, 0–1: an interaction of a user with twice as many of them weighs 2^−d as much. */
  readonly activityDiscount: number;
  /** p, 0–1: an interaction with an item that twice as many users have weighs 2^−p as much. */
  readonly popularityDiscount: number;
}

/** The weights, and what was measured of the training data: with the items' counts all that weighing needs. */
export interface WeightParameters extends WeightOptions {
  /** r̄: mean of the values. */
  readonly mean: number;
  /** 1 / σ of the values; 0 where all are equal, which then say nothing. */
  readonly inverseDeviation: number;
  /** n̄: geometric mean of the users' counts over all interactions. */
  readonly typicalActivity: number;
  /** m̄: geometric mean of the items' counts over all interactions. */
  readonly typicalPopularity: number;
}

/** No interaction turns into a dislike for a low value. */
const leastValueWeight = 0.05;

/**
 * Strengths of interactions, for an implicit model:
 *
 *     s_ui = max(0.05, 1 + w (r_ui − r̄) / σ) · (n_u / n̄)^−d · (m_i / m̄)^−p
 *
 * with the mean r̄ and standard deviation σ of the values, n_u the user's interactions, m_i the item's, and n̄ and m̄
 * the geometric means of n and m over all interactions, so that these weigh 1 in the mean whatever d and p are: α₀ and
 * λ keep their meaning. All means and m are of the training part; a history is weighed by the same numbers. Weighing
 * against popularity: Steck 2011, "Item Popularity and Recommendation Accuracy".
 */
export class InteractionWeights {
  readonly parameters: WeightParameters;
  /** (m_i / m̄)^−p by item; of an item without interactions as of one with a single one. */
  readonly #ofItem: Float64Array;

  /** @param itemCounts interactions of each item in the training data */
  constructor(parameters: WeightParameters, itemCounts: Uint32Array) {
    this.parameters = parameters;
    const { popularityDiscount, typicalPopularity } = parameters;
    this.#ofItem = Float64Array.from(
      itemCounts,
      (count) => (Math.max(1, count) / typicalPopularity) ** -popularityDiscount,
    );
  }

  /** Measures training data, users × items. */
  static of(training: CsrMatrix, options: WeightOptions): InteractionWeights {
    const { values, rowOffsets, columns, columnCount } = training;
    let sum = 0;
    for (const value of values) sum += value;
    const mean = values.length === 0 ? 0 : sum / values.length;
    let squares = 0;
    for (const value of values) squares += (value - mean) ** 2;
    const itemCounts = new Uint32Array(columnCount);
    for (const item of columns) itemCounts[item]!++;
    const parameters: WeightParameters = {
      ...options,
      mean,
      inverseDeviation: squares === 0 ? 0 : Math.sqrt(values.length / squares),
      typicalActivity: typicalCount(rowOffsets.subarray(1).map((end, row) => end - rowOffsets[row]!)),
      typicalPopularity: typicalCount(itemCounts),
    };
    return new InteractionWeights(parameters, itemCounts);
  }

  /** The matrix, users × items, with strengths for values. */
  weigh(matrix: CsrMatrix): CsrMatrix {
    const { rowCount, columnCount, rowOffsets, columns, values } = matrix;
    const strengths = new Float32Array(values.length);
    for (let row = 0; row < rowCount; row++) {
      const first = rowOffsets[row]!;
      const end = rowOffsets[row + 1]!;
      const ofUser = this.#ofUser(end - first);
      for (let entry = first; entry < end; entry++) {
        strengths[entry] = this.#ofValue(values[entry]!) * ofUser * this.#ofItem[columns[entry]!]!;
      }
    }
    return new CsrMatrix(rowCount, columnCount, rowOffsets, columns, strengths);
  }

  /**
   * The strengths of a visitor's entries, all of which say something, as `weigh` has them where stars are the values.
   * What has no stars counts with its own strength in the place of the value's weight: a like as the mean value does.
   * A dislike stays a dislike, also where stars say it.
   */
  strengthsOf(entries: readonly HistoryEntry[]): number[] {
    const ofUser = this.#ofUser(entries.length);
    return entries.map(({ itemRow, strength, stars }) => {
      const ofValue = stars === null || strength < 0 ? strength : this.#ofValue(stars);
      // Rounded to float32 as a matrix of strengths is, so that the same history gives the same equations.
      return Math.fround(ofValue * ofUser * this.#ofItem[itemRow]!);
    });
  }

  #ofValue(value: number): number {
    const { valueWeight, inverseDeviation, mean } = this.parameters;
    return Math.max(leastValueWeight, 1 + valueWeight * inverseDeviation * (value - mean));
  }

  #ofUser(count: number): number {
    return (count / this.parameters.typicalActivity) ** -this.parameters.activityDiscount;
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
