import type { IdIndex } from '../data/id-index.ts';
import type { ItemSide } from '../backends/backend.ts';
import type { InteractionWeights } from './interaction-weights.ts';
import type { ObjectiveSettings } from './row-equations.ts';

/** Facts about a model, for people to read. */
export interface ModelSummary {
  /** The `FitOptions.name` that it was trained with; may be empty. */
  readonly name: string;
  /** Whether it was trained on choices (`implicit`) or on stars (`explicit`). */
  readonly objective: 'implicit' | 'explicit';
  /** Numbers per factor row. */
  readonly factors: number;
  /** The number of items that it can recommend. */
  readonly itemCount: number;
  /** The number of users that it was trained on. */
  readonly userCount: number;
  /** The number of epochs that it was trained for. */
  readonly epochs: number;
  /** True if the visitor's own history was one of the training rows. */
  readonly includesHistory: boolean;
}

/** The fields of a `FactorModel`. */
export interface FactorModelFields {
  readonly items: IdIndex;
  /** Numbers per factor row. */
  readonly factors: number;
  /** `items.size × factors`, row-major. */
  readonly itemFactors: Float32Array;
  /** b_i, `items.size`; zeros for implicit models. */
  readonly itemBiases: Float32Array;
  /** μ; 0 for implicit models. */
  readonly globalMean: number;
  readonly settings: ObjectiveSettings;
  /** The weights of interactions, for training and for histories; null if all interactions have the same weight. */
  readonly weights: InteractionWeights | null;
  /** How many users chose each item; dislikes do not count. `items.size`. */
  readonly itemCounts: Uint32Array;
  readonly userCount: number;
  readonly name: string;
  readonly seed: number;
  /** Epochs trained. */
  readonly epochs: number;
  /** True if the visitor's own history was one of the training rows. */
  readonly includesHistory: boolean;
}

/**
 * A trained model: the items, their factors, and the settings to fold a visitor in. It has no user rows, does not know
 * any back end, and never changes.
 */
export class FactorModel implements FactorModelFields {
  declare readonly items: IdIndex;
  declare readonly factors: number;
  declare readonly itemFactors: Float32Array;
  declare readonly itemBiases: Float32Array;
  declare readonly globalMean: number;
  declare readonly settings: ObjectiveSettings;
  declare readonly weights: InteractionWeights | null;
  declare readonly itemCounts: Uint32Array;
  declare readonly userCount: number;
  declare readonly name: string;
  declare readonly seed: number;
  declare readonly epochs: number;
  declare readonly includesHistory: boolean;

  constructor(fields: FactorModelFields) {
    Object.assign(this, fields);
  }

  get itemCount(): number {
    return this.items.ids.length;
  }

  /** The item side as a back end takes it. */
  get itemSide(): ItemSide {
    return {
      factors: this.factors,
      rowCount: this.itemCount,
      itemFactors: this.itemFactors,
      biases: this.itemBiases,
      unobservedWeight: this.settings.unobservedWeight,
    };
  }

  get summary(): ModelSummary {
    return {
      name: this.name,
      objective: this.settings.objective,
      factors: this.factors,
      itemCount: this.itemCount,
      userCount: this.userCount,
      epochs: this.epochs,
      includesHistory: this.includesHistory,
    };
  }
}
