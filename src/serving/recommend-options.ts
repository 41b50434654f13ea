import type { FilterMask } from './filter-mask.ts';

/** Options of a list of recommendations. A new one goes here, and a rule about items into `rules.ts`. */
export interface RecommendOptions {
  /** How many items, 1 or more; default 10. Fewer come back only where the catalogue holds fewer. */
  readonly count?: number;
  /** Leave out the items of the history; default true. */
  readonly filterSeen?: boolean;
  /** Ids that may not appear. */
  readonly exclude?: readonly string[];
  /** If given, only these ids may appear. */
  readonly only?: readonly string[];
  /** History items that must not be used (they stay out of the list): what if I had not said this? */
  readonly ignoreHistory?: readonly string[];
  /** How many reasons per item, 0 or more; default 2. */
  readonly reasons?: number;
}

/** `RecommendOptions` as they reach the engine, where a caller's function has become a mask. */
export interface EngineRecommendOptions extends RecommendOptions {
  readonly filter?: FilterMask;
}
