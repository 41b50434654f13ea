import type { BackendKind, ItemTable, ScoringTimings } from '../backends/backend.ts';
import { integerWithin } from '../model/fit-options.ts';
import type { FactorModel } from '../model/factor-model.ts';
import type { ModelHistory } from '../model/model-history.ts';
import { type CandidateRequest, findCandidates } from './candidates.ts';
import { fingerprint } from './fingerprint.ts';
import { reasonsFor } from './reasons.ts';
import type { EngineRecommendOptions } from './recommend-options.ts';
import { type RecommendedItem, recommendedItems } from './recommended-items.ts';
import { rerank, type Reranker } from './rerank.ts';
import { applyRules } from './rules.ts';

/** The answer to `Recommender.recommend`. */
export interface Recommendations {
  /** A fingerprint of the request: the same model, history and options give the same sixteen hexadecimal digits. */
  readonly recommendationId: string;
  /** Best first, `RecommendOptions.count` of them or as many as the catalogue and the filters leave. */
  readonly items: readonly RecommendedItem[];
  /** Where it was computed. */
  readonly backend: BackendKind;
  /** Milliseconds in the engine, without the way to its worker and back. */
  readonly tookMs: number;
  /** The same time by part. */
  readonly timings: ScoringTimings;
}

/** A request for recommendations, checked and put into the model's rows. It can run on any back end. */
export interface RecommendRequest extends CandidateRequest {
  /** Places of the list, at most the items of the model. */
  readonly count: number;
  readonly reasonCount: number;
  /** The second stage; null for the first stage's own order. */
  readonly reranker: Reranker | null;
  readonly recommendationId: string;
}

/**
 * Checks the options and applies the rules.
 *
 * @param about the model, the visitor's whole history in its rows, and the second stage, if there is one
 * @throws {InvalidOptionError} `count` below 1, `reasons` below 0
 * @throws what `applyRules` throws
 */
export function prepareRecommend(
  about: { readonly model: FactorModel; readonly history: ModelHistory; readonly reranker?: Reranker },
  options: EngineRecommendOptions = {},
): RecommendRequest {
  const { model, reranker = null } = about;
  const count = integerWithin('count', options.count ?? 10, { low: 1 });
  const reasonCount = integerWithin('reasons', options.reasons ?? 2, { low: 0 });
  const { mask, history } = applyRules(about, options);
  const candidateCount = Math.max(count, reranker?.candidateCount ?? 0);
  return {
    model,
    history,
    mask,
    count: Math.min(count, model.itemCount),
    candidateCount: Math.min(candidateCount, model.itemCount),
    reasonCount,
    reranker,
    recommendationId: fingerprint([
      model.name,
      model.seed,
      model.epochs,
      model.factors,
      model.itemCount,
      JSON.stringify(model.settings),
      ...(model.weights === null ? [] : [JSON.stringify(model.weights.parameters)]),
      JSON.stringify(history.entries),
      count,
      reasonCount,
      mask.join(' '),
      ...(reranker === null ? [] : [reranker.name]),
    ]),
  };
}

/** Runs a request on one back end's table: candidates under the rules → second stage → reasons → list. */
export async function runRecommend(
  request: RecommendRequest,
  serve: { readonly table: ItemTable; readonly backend: BackendKind },
): Promise<Recommendations> {
  const started = performance.now();
  const { model, reasonCount, recommendationId } = request;
  const candidates = await findCandidates(request, serve.table);
  const { visitor, timings } = candidates;
  const order = await rerank(candidates, request);
  const rows = order.map((place) => candidates.rows[place]!);
  const reasons =
    visitor === null
      ? rows.map(() => [])
      : await reasonsFor(rows, { model, table: serve.table, equations: visitor.equations, count: reasonCount });
  const items = recommendedItems({ candidates, order }, { model, reasons });
  // Counting the most chosen needs no back end: the CPU did it, whichever serves.
  const backend = visitor === null ? 'cpu' : serve.backend;
  return { recommendationId, items, backend, tookMs: performance.now() - started, timings };
}
