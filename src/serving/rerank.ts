import { InvalidOptionError } from '../errors.ts';
import type { FactorModel } from '../model/factor-model.ts';
import type { ModelHistory } from '../model/model-history.ts';
import type { Candidates } from './candidates.ts';

/** What a second stage judges by: the first stage's candidates for one visitor. */
export interface RerankRequest {
  readonly model: FactorModel;
  /** The history in use, in the model's rows. */
  readonly history: ModelHistory;
  /** The visitor's folded-in factors, as many numbers as the model has factors. */
  readonly userFactors: Float32Array;
  /** The exact top item rows under every rule, best first. */
  readonly rows: Uint32Array;
  /** The first stage's score of each row. */
  readonly scores: Float64Array;
  /** How many of them the list has room for. */
  readonly count: number;
}

/**
 * A second stage: it orders what the first stage found, by whatever it knows. It cannot bring in an item that the
 * rules left out, because it never sees one. Scores, matches and reasons in the list stay those of the first stage,
 * which explanations sum to.
 *
 * It is left out while nothing is known of the visitor: the most chosen items are nobody's in particular.
 */
export interface Reranker {
  /** Which second stage this is, version included: a part of `recommendationId`. */
  readonly name: string;
  /**
   * How many candidates it chooses from, 1 or more. The first stage is asked for this many, or for the list's `count`
   * where that is more; fewer come where the rules or the catalogue leave fewer.
   */
  readonly candidateCount: number;
  /**
   * The places of the candidates (0 is the first stage's best), in the order of the list, none twice. It need not name
   * all: those it leaves out follow in the first stage's order, so that a list is never shorter for having a second
   * stage.
   */
  rerank(request: RerankRequest): Promise<readonly number[]>;
}

/**
 * The places of the candidates that make the list, in its order; without a second stage the first `count`.
 *
 * @throws {InvalidOptionError} a second stage that names a place twice, or one that is none
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
