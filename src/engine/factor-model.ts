import type { IdIndex } from '../interactions/id-index.ts';
import type { ItemTable } from './backend.ts';
import type { ModelSummary } from './recommendation.ts';
import type { ObjectiveSettings } from './row-equations.ts';

/** What a `FactorModel` is made of. */
export interface FactorModelFields {
  readonly items: IdIndex;
  /** Numbers per factor row. */
  readonly rank: number;
  /** `items.size × rank`, row-major. */
  readonly itemFactors: Float32Array;
  /** b_i, `items.size`; zeros for implicit models. */
  readonly itemBiases: Float32Array;
  /** μ; 0 for implicit models. */
  readonly globalMean: number;
  readonly settings: ObjectiveSettings;
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
  readonly items: IdIndex;
  readonly rank: number;
  readonly itemFactors: Float32Array;
  readonly itemBiases: Float32Array;
  readonly globalMean: number;
  readonly settings: ObjectiveSettings;
  readonly itemCounts: Uint32Array;
  readonly userCount: number;
  readonly name: string;
  readonly seed: number;
  readonly epochs: number;
  readonly includesHistory: boolean;

  constructor(fields: FactorModelFields) {
    this.items = fields.items;
    this.rank = fields.rank;
    this.itemFactors = fields.itemFactors;
    this.itemBiases = fields.itemBiases;
    this.globalMean = fields.globalMean;
    this.settings = fields.settings;
    this.itemCounts = fields.itemCounts;
    this.userCount = fields.userCount;
    this.name = fields.name;
    this.seed = fields.seed;
    this.epochs = fields.epochs;
    this.includesHistory = fields.includesHistory;
  }

  get itemCount(): number {
    return this.items.size;
  }

  /** The item side as a back end takes it. */
  get table(): ItemTable {
    return {
      rank: this.rank,
      rowCount: this.itemCount,
      factors: this.itemFactors,
      biases: this.itemBiases,
      alpha0: this.settings.alpha0,
    };
  }

  get summary(): ModelSummary {
    return {
      name: this.name,
      objective: this.settings.objective,
      factors: this.rank,
      itemCount: this.itemCount,
      userCount: this.userCount,
      epochs: this.epochs,
      includesHistory: this.includesHistory,
    };
  }
}
