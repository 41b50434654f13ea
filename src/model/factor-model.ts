import type { IdIndex } from '../data/id-index.ts';
import type { ItemSide } from '../backends/backend.ts';
import type { InteractionWeights } from './interaction-weights.ts';
import type { ObjectiveSettings } from './row-equations.ts';

/** What is loaded: facts of a model for people to read. */
export interface ModelSummary {
  /** `FitOptions.name` of its training; may be empty. */
  readonly name: string;
  /** Whether it learned from choices or from stars. */
  readonly objective: 'implicit' | 'explicit';
  /** Numbers per factor row. */
  readonly factors: number;
  /** Items that it can recommend. */
  readonly itemCount: number;
  /** Users that it was trained on. */
  readonly userCount: number;
  /** Epochs that it was trained for. */
  readonly epochs: number;
  /** True when the visitor's own history was one of the training rows. */
  readonly includesHistory: boolean;
}

/** What a `FactorModel` is made of. */
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
  /** What training weighed interactions by and histories are weighed by; null where all weigh alike. */
  readonly weights: InteractionWeights | null;
  /** How many users chose each item, dislikes not counted; `items.size`. */
  readonly itemCounts: Uint32Array;
  readonly userCount: number;
  readonly name: string;
  readonly seed: number;
  /** Epochs trained. */
  readonly epochs: number;
  /** True where the visitor's own history was one of the training rows. */
  readonly includesHistory: boolean;
}

/**
 * A trained model: items, what was learned of them, and how to fold a visitor in. It holds no user rows, knows no
 * back end, and never changes.
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
