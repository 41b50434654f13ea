import { InvalidOptionError } from '../errors.ts';
import type { FactorModel } from '../model/factor-model.ts';
import type { ModelHistory } from '../model/model-history.ts';
import type { Candidates } from './candidates.ts';

/** The input of a second stage: the first stage's candidates for one visitor. */
export interface RerankRequest {
  readonly model: FactorModel;
  /** The part of the visitor's history that is used, in the model's rows. */
  readonly history: ModelHistory;
  /** The visitor's folded-in factors, as many numbers as the model has factors. */
  readonly userFactors: Float32Array;
  /** The exact top item rows after all rules, best first. */
  readonly rows: Uint32Array;
  /** The first stage's score of each row. */
  readonly scores: Float64Array;
  /** The length of the list. */
  readonly count: number;
}

/**
 * A second stage, which re-orders the candidates of the first stage. It sees only candidates that the rules allow, so
 * it cannot add others. Scores, matches and reasons in the list stay those of the first stage, because explanations sum
 * to its scores.
 *
 * It is skipped while nothing is known about the visitor, since the most chosen items are not personal.
 */
export interface Reranker {
  /** Name and version of the second stage; part of `recommendationId`. */
  readonly name: string;
  /**
   * How many candidates it wants, 1 or more. The first stage finds this many, or the list's `count` if that is larger,
   * or fewer if the rules and the catalogue leave fewer.
   */
  readonly candidateCount: number;
  /**
   * Returns indices of candidates (0 is the first stage's best) in the order of the list, each at most once. Candidates
   * that it does not return follow in the first stage's order, so that a second stage never shortens a list.
   */
  rerank(request: RerankRequest): Promise<readonly number[]>;
}

/**
 * The indices of the candidates in the list, in order; without a second stage the first `count`.
 *
 * @throws {InvalidOptionError} the second stage returns an index twice, or one that is out of range
 */
export async function rerank(
  candidates: Candidates,
  stage: {
    readonly model: FactorModel;
    readonly history: ModelHistory;
    readonly count: number;
    readonly reranker: Reranker | null;
  },
): Promise<number[]> {
  const { model, history, count, reranker } = stage;
  const { rows, scores, visitor } = candidates;
  const places = [...rows.keys()];
  if (reranker === null || visitor === null) return places.slice(0, count);
  const chosen = await reranker.rerank({ model, history, userFactors: visitor.factors, rows, scores, count });
  const order = new Set(chosen);
  const wrong = chosen.find((place) => !(Number.isInteger(place) && place >= 0 && place < rows.length));
  if (wrong !== undefined || order.size < chosen.length) {
    throw new InvalidOptionError(
      `The re-ranker ${reranker.name} must name places from 0 to ${rows.length - 1}, each once, ` +
        `got ${wrong === undefined ? 'one twice' : wrong}.`,
    );
  }
  for (const place of places) order.add(place);
  return [...order].slice(0, count);
}
