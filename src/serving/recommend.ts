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
  /** A fingerprint of the request: sixteen hexadecimal digits, the same for the same model, history and options. */
  readonly recommendationId: string;
  /** Best first: `RecommendOptions.count` items, or fewer if the catalogue and the filters leave fewer. */
  readonly items: readonly RecommendedItem[];
  /** Where it was computed. */
  readonly backend: BackendKind;
  /** Milliseconds in the engine, without the messages to and from its worker. */
  readonly tookMs: number;
  /** The times of its parts. */
  readonly timings: ScoringTimings;
}

/** A checked request for recommendations, in item rows of the model. It can run on any back end. */
export interface RecommendRequest extends CandidateRequest {
  /** Length of the list, at most the model's number of items. */
  readonly count: number;
  readonly reasonCount: number;
  /** The second stage; null to keep the first stage's order. */
  readonly reranker: Reranker | null;
  readonly recommendationId: string;
}

/**
 * Checks the options and applies the rules.
 *
 * @param about the model, the visitor's whole history in its rows, and optionally a second stage
 * @throws {InvalidOptionError} `count` is below 1, or `reasons` below 0
 * @throws the errors of `applyRules`
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

/** Runs a request on a back end's table: candidates under the rules → second stage → reasons → list. */
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
  // The most chosen items are always found on the CPU, whichever back end serves.
  const backend = visitor === null ? 'cpu' : serve.backend;
  return { recommendationId, items, backend, tookMs: performance.now() - started, timings };
}
