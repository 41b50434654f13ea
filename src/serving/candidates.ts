import type { RowEquations, ItemTable, ScoringTimings } from '../backends/backend.ts';
import type { FactorModel } from '../model/factor-model.ts';
import type { ModelHistory } from '../model/model-history.ts';
import { canFoldIn, modelEquations } from './fold-in.ts';
import { mostChosen, popularScore } from './popular-items.ts';

/** What the first stage is asked for. */
export interface CandidateRequest {
  readonly model: FactorModel;
  /** The history in use. */
  readonly history: ModelHistory;
  /** Items that may not appear; the layout of `item-mask.ts`. */
  readonly mask: Uint32Array;
  /** How many, at most the items of the model. Fewer come back where the mask leaves fewer. */
  readonly candidateCount: number;
}

/** The visitor as the model sees them. */
export interface FoldedInVisitor {
  /** One row: the equation of the visitor's history. */
  readonly equations: RowEquations;
  /** Its solution, as many numbers as the model has factors. */
  readonly factors: Float32Array;
}

/** The first stage's items for one visitor, best first; ties went to the lower row. */
export interface Candidates {
  readonly rows: Uint32Array;
  /** One score per row: the model's for this visitor, or that of `popularScore`. */
  readonly scores: Float64Array;
  /** Null where nothing is known of the visitor: then the rows are the most chosen ones. */
  readonly visitor: FoldedInVisitor | null;
  readonly timings: ScoringTimings;
}

/** The exact top of the whole catalogue for a visitor under the mask: fold-in and top-k on the table's back end. */
export async function findCandidates(request: CandidateRequest, table: ItemTable): Promise<Candidates> {
  const { model, history, mask, candidateCount } = request;
  if (!canFoldIn(history.entries, model)) return popularCandidates(request);
  const { equations, userBiases } = modelEquations([history.entries], model);
  const { factors, topK, timings } = await table.foldInTopK(equations, { k: candidateCount, mask });
  const found = topK.counts[0]!;
  // The same for every item of this visitor, so that the back end need not know it.
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
