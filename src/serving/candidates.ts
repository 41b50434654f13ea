import type { RowEquations, ItemTable, ScoringTimings } from '../backends/backend.ts';
import type { FactorModel } from '../model/factor-model.ts';
import type { ModelHistory } from '../model/model-history.ts';
import { canFoldIn, modelEquations } from './fold-in.ts';
import { mostChosen, popularScore } from './popular-items.ts';

/** A request to the first stage. */
export interface CandidateRequest {
  readonly model: FactorModel;
  /** The part of the visitor's history that is used. */
  readonly history: ModelHistory;
  /** Items that may not appear; the layout of `item-mask.ts`. */
  readonly mask: Uint32Array;
  /** How many candidates to find, at most the model's number of items. The mask may leave fewer. */
  readonly candidateCount: number;
}

/** A visitor, folded in to a model. */
export interface FoldedInVisitor {
  /** The equation of the visitor's history: one row. */
  readonly equations: RowEquations;
  /** The solution of the equation: the visitor's factors. */
  readonly factors: Float32Array;
}

/** The first stage's items for one visitor, best first; ties go to the lower row. */
export interface Candidates {
  readonly rows: Uint32Array;
  /** One score per row: the model's score for this visitor, or `popularScore`. */
  readonly scores: Float64Array;
  /** Null if the history says nothing about the visitor's taste; the rows are then the most chosen items. */
  readonly visitor: FoldedInVisitor | null;
  readonly timings: ScoringTimings;
}

/** Finds the exact top-k of the whole catalogue under the mask, by fold-in and top-k on the table's back end. */
export async function findCandidates(request: CandidateRequest, table: ItemTable): Promise<Candidates> {
  const { model, history, mask, candidateCount } = request;
  if (!canFoldIn(history.entries, model)) return popularCandidates(request);
  const { equations, userBiases } = modelEquations([history.entries], model);
  const { factors, topK, timings } = await table.foldInTopK(equations, { k: candidateCount, mask });
  const found = topK.counts[0]!;
  // Added here and not by the back end, because it is the same for all items of this visitor.
  const constant = model.globalMean + userBiases[0]!;
  return {
    rows: topK.rows.subarray(0, found),
    scores: Float64Array.from(topK.scores.subarray(0, found), (score) => score + constant),
    visitor: { equations, factors },
    timings,
  };
}

function popularCandidates({ model, mask, candidateCount }: CandidateRequest): Candidates {
  const started = performance.now();
  const rows = mostChosen(model, { count: candidateCount, mask });
  const scores = Float64Array.from(rows, (row) => popularScore(model, row));
  const elapsedMs = performance.now() - started;
  const timings: ScoringTimings = { foldInMs: null, scoreMs: null, topKMs: elapsedMs, totalMs: elapsedMs };
  return { rows, scores, visitor: null, timings };
}
