import { requireKnownOptions } from '../known-options.ts';
import { type FitOptions, fitOptionNames } from '../model/fit-options.ts';
import type { SimilarOptions } from '../serving/similar-items.ts';
import type { StarterOptions } from '../serving/starter-items.ts';
import type {
  CompareOptions,
  ExplainOptions,
  FitCallOptions,
  LoadOptions,
  RecommendCallOptions,
  RecommenderOptions,
} from './recommender.ts';

/** The options that each public call takes. The type checker compares every list with its interface. */
const optionNames = {
  createRecommender: namesOf<RecommenderOptions>({
    model: true,
    catalogue: true,
    backend: true,
    database: true,
    onNotice: true,
  }),
  recommend: namesOf<RecommendCallOptions>({
    count: true,
    filterSeen: true,
    exclude: true,
    only: true,
    filter: true,
    ignoreHistory: true,
    reasons: true,
  }),
  similarItems: namesOf<SimilarOptions>({ count: true, exclude: true, includeSelf: true }),
  explain: namesOf<ExplainOptions>({ ignoreHistory: true }),
  fit: [
    ...fitOptionNames,
    ...namesOf<Omit<FitCallOptions, keyof FitOptions>>({
      includeHistory: true,
      signal: true,
      pauseWhenHidden: true,
      onPause: true,
      keepTrainedModel: true,
    }),
  ],
  load: namesOf<LoadOptions>({ catalogue: true }),
  starterItems: namesOf<StarterOptions>({ count: true, candidates: true }),
  compareBackends: namesOf<CompareOptions>({ count: true }),
} satisfies Record<string, readonly string[]>;

/** A public call that takes options. */
export type CallWithOptions = keyof typeof optionNames;

/**
 * Refuses options that a public call does not take.
 *
 * @throws {InvalidOptionError} an option is unknown; names it, a known option that it resembles, and all known options
 */
export function requireOptionsOf(call: CallWithOptions, options: object): void {
  requireKnownOptions(call, options, optionNames[call]);
}

function namesOf<Options>(names: Record<keyof Options, true>): readonly string[] {
  return Object.keys(names);
}
