import type { FilterMask } from './filter-mask.ts';

/** Options of a list of recommendations. */
export interface RecommendOptions {
  /** How many items, 1 or more; default 10. Fewer are returned only if fewer may appear. */
  readonly count?: number;
  /** Leave out the items of the history; default true. */
  readonly filterSeen?: boolean;
  /** Ids that may not appear. */
  readonly exclude?: readonly string[];
  /** If given, only these ids may appear. */
  readonly only?: readonly string[];
  /** History items not to use, as if the visitor had not said them. They do not appear in the list either. */
  readonly ignoreHistory?: readonly string[];
  /** How many reasons per item, 0 or more; default 2. */
  readonly reasons?: number;
}

/** `RecommendOptions` as the engine takes them: a caller's filter function has been turned into a mask. */
export interface EngineRecommendOptions extends RecommendOptions {
  readonly filter?: FilterMask;
}
