/**
 * Pocketrec: a recommender that runs in the visitor's browser. This file is the whole public surface.
 *
 * @packageDocumentation
 */
export { createRecommender } from './sdk/create-recommender.ts';
export type {
  CompareOptions,
  ExplainOptions,
  FitCallOptions,
  LoadOptions,
  RecommendCallOptions,
  Recommender,
  RecommenderOptions,
  Settings,
  StarterItem,
} from './sdk/recommender.ts';
export type { HistoryChange, ImportResult, InteractionHistory, PersistenceGrant } from './history/history.ts';
export { interactionTypes } from './history/interaction-event.ts';
export type { InteractionEvent, InteractionType, NewInteractionEvent } from './history/interaction-event.ts';
export { preferencesOf, strengthOfStars } from './history/preferences.ts';
export type { Preference } from './history/preferences.ts';
export type { BackendInfo, BackendKind, Precision, ScoringTimings, SolverName } from './backends/backend.ts';
export type {
  BackendComparison,
  BackendVerdict,
  Contribution,
  Diagnostics,
  EpochReport,
  Explanation,
  FitOptions,
  Interactions,
  ModelSummary,
  RecommendedItem,
  Recommendations,
  RecommendOptions,
  SimilarItem,
  SimilarOptions,
} from './serving/recommendation.ts';
export type { StarterOptions } from './serving/starter-items.ts';
export type { ModelFiles } from './pack/model-pack.ts';
export {
  CorruptModelError,
  DeviceLostError,
  DisposedError,
  EmptyResultError,
  GpuLimitError,
  GpuUnavailableError,
  InvalidDataError,
  InvalidEventError,
  InvalidOptionError,
  ModelMismatchError,
  NoModelError,
  RecommenderError,
  StorageError,
  UnknownItemError,
  WorkerLostError,
} from './errors.ts';
