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
  StarterItem,
} from './sdk/recommender.ts';
export type { HistoryChange, ImportResult, InteractionHistory, PersistenceGrant } from './history/history.ts';
export { interactionTypes } from './history/interaction-event.ts';
export type { InteractionEvent, InteractionType, NewInteractionEvent } from './history/interaction-event.ts';
export type { Preference } from './history/preferences.ts';
export type { BackendInfo, BackendKind, ScoringTimings, SolverName } from './backends/backend.ts';
export type { BackendComparison } from './engine/compare-backends.ts';
export type { BackendVerdict } from './backends/backend-verdict.ts';
export type { Contribution, Explanation, HistoryContribution } from './serving/explain.ts';
export type { Diagnostics } from './engine/diagnostics.ts';
export type { EpochReport } from './model/als-trainer.ts';
export type { FitOptions } from './model/fit-options.ts';
export type { WeightOptions } from './model/interaction-weights.ts';
export type { Interactions } from './data/interactions.ts';
export type { ModelSummary } from './model/factor-model.ts';
export type { Recommendations } from './serving/recommend.ts';
export type { RecommendedItem } from './serving/recommended-items.ts';
export type { RecommendOptions } from './serving/recommend-options.ts';
export type { SimilarItem, SimilarOptions } from './serving/similar-items.ts';
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
