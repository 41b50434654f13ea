import { type Contribution, strongestReasons } from './explain.ts';
import { EmptyResultError } from '../errors.ts';
import type { BackendKind, ScoringTable, ScoringTimings } from '../backends/backend.ts';
import { selectTopK } from '../backends/top-k.ts';
import type { ServingModel } from './serving-model.ts';
import type { FactorModel } from '../model/factor-model.ts';
import { integerWithin } from '../model/fit-options.ts';
import { canFoldIn, modelEquations } from './fold-in.ts';
import type { ModelHistory } from '../model/model-history.ts';
import { emptyMask, isMasked, setBit } from '../backends/item-mask.ts';

/** One place of the list. */
export interface RecommendedItem {
  /** An item of the model. */
  readonly itemId: string;
  /** The model's score: implicit about 0 to 1, explicit in stars. */
  readonly score: number;
  /** The score as a share of the best possible one, clipped to 0–1. */
  readonly match: number;
  /** From 1. */
  readonly position: number;
  /** `model`: scored for this visitor; `popular`: nothing is known of the visitor yet. */
  readonly source: 'model' | 'popular';
  /** The history items that speak most for it, strongest first; empty for `popular`. */
  readonly reasons: readonly Contribution[];
}

/** The answer to `Recommender.recommend`. */
export interface Recommendations {
  /** A fingerprint of the request: the same model, history and options give the same one. */
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

/** What to recommend: every field has a default. */
export interface RecommendOptions {
  /** How many items, 1 or more; default 10. Fewer come back only where the catalogue holds fewer. */
  readonly count?: number;
  /** Leave out the items of the history; default true. */
  readonly filterSeen?: boolean;
  /** Ids that may not appear. */
  readonly exclude?: readonly string[];
  /** If given, only these ids may appear. */
  readonly only?: readonly string[];
  /** History items that must not be used (they stay out of the list): what if I had not said this? */
  readonly ignoreHistory?: readonly string[];
  /** How many reasons an item, 0 or more; default 2. */
  readonly reasons?: number;
}

/** A request for recommendations, checked and put into the model's rows. It can run on any back end. */
export interface RecommendRequest {
  readonly model: FactorModel;
  /** The history in use, without what `without` names. */
  readonly history: ModelHistory;
  readonly count: number;
  readonly reasonCount: number;
  readonly mask: Uint32Array;
  readonly recommendationId: string;
}

/**
 * Checks the options and builds the mask.
 *
 * @param history the whole history, in the model's rows
 * @throws {InvalidOptionError} `count` below 1, `reasons` below 0
 * @throws {UnknownItemError} an id in `exclude`, `only` or `without` that neither model nor history has
 * @throws {EmptyResultError} filters that leave nothing, with their counts
 */
export function prepareRecommend(
  model: FactorModel,
  history: ModelHistory,
  options: RecommendOptions = {},
): RecommendRequest {
  const count = integerWithin('count', options.count ?? 10, { low: 1 });
  const reasonCount = integerWithin('reasons', options.reasons ?? 2, { low: 0 });
  const filterSeen = options.filterSeen ?? true;
  const exclude = rowsOf(model, 'exclude', options.exclude ?? []);
  const only = options.only === undefined ? null : rowsOf(model, 'only', options.only);
  const ahead = new Set(history.unknownIds);
  const without = new Set(
    rowsOf(
      model,
      'without',
      (options.ignoreHistory ?? []).filter((id) => !ahead.has(id)),
    ),
  );
  const seen = filterSeen ? history.entries.map(({ itemRow }) => itemRow) : [];

  const mask = emptyMask(model.itemCount);
  if (only !== null) {
    mask.fill(0xffff_ffff);
    for (const row of only) mask[row >>> 5]! &= ~(1 << (row & 31));
  }
  for (const row of [...seen, ...exclude, ...without]) setBit(mask, row);
  if (countOpen(mask, model.itemCount) === 0) {
    const filters = [
      ...(only === null ? [] : [`only allows ${only.length}`]),
      ...(filterSeen ? [`filterSeen leaves out ${seen.length}`] : []),
      ...(exclude.length === 0 ? [] : [`exclude leaves out ${exclude.length}`]),
      ...(without.size === 0 ? [] : [`without leaves out ${without.size}`]),
    ];
    throw new EmptyResultError(
      `No item is left of ${model.itemCount}: ${filters.join(', ')}. Loosen one of these filters.`,
    );
  }
  const used = { ...history, entries: history.entries.filter(({ itemRow }) => !without.has(itemRow)) };
  return {
    model,
    history: used,
    count: Math.min(count, model.itemCount),
    reasonCount,
    mask,
    recommendationId: fingerprint([
      model.name,
      model.seed,
      model.epochs,
      model.factors,
      model.itemCount,
      JSON.stringify(model.settings),
      JSON.stringify(used.entries),
      count,
      reasonCount,
      mask.join(' '),
    ]),
  };
}

/** Runs a request on one back end's table. */
export async function runRecommend(
  request: RecommendRequest,
  serve: { readonly table: ScoringTable; readonly backend: BackendKind; readonly serving: ServingModel },
): Promise<Recommendations> {
  const started = performance.now();
  const { model, history, mask, count, recommendationId } = request;
  if (!canFoldIn(history.entries, model)) {
    const items = popularItems(model, { count, mask });
    const tookMs = performance.now() - started;
    const timings: ScoringTimings = { foldInMs: null, scoreMs: null, topKMs: tookMs, totalMs: tookMs };
    // Counting needs no back end: the CPU did it, whichever serves.
    return { recommendationId, items, backend: 'cpu', tookMs, timings };
  }
  const { equations, userBiases } = modelEquations([history.entries], model);
  const { topK, timings } = await serve.table.foldInTopK(equations, { k: count, mask });
  const rows = [...topK.rows.subarray(0, topK.counts[0])];
  const entryCount = equations.columns.length;
  const terms = request.reasonCount === 0 ? null : (await serve.serving.shares())(equations, rows);
  const constant = model.globalMean + userBiases[0]!;
  const items = rows.map((row, place): RecommendedItem => {
    const score = topK.scores[place]! + constant;
    return {
      itemId: model.items.idOf(row),
      score,
      match: matchOf(score, model),
      position: place + 1,
      source: 'model',
      reasons:
        terms === null
          ? []
          : strongestReasons(terms.subarray(place * entryCount, (place + 1) * entryCount), equations.columns, {
              model,
              count: request.reasonCount,
            }),
    };
  });
  return { recommendationId, items, backend: serve.backend, tookMs: performance.now() - started, timings };
}

/**
 * The most chosen items, ties to the lower row. Their score is the share of users who chose them for an implicit
 * model, and μ + b_i in stars for an explicit one.
 */
function popularItems(
  model: FactorModel,
  options: { readonly count: number; readonly mask: Uint32Array },
): RecommendedItem[] {
  const rows = mostChosen(model, { count: options.count, mask: options.mask });
  return rows.map((row, place) => {
    const score =
      model.settings.objective === 'explicit'
        ? model.globalMean + model.itemBiases[row]!
        : model.itemCounts[row]! / Math.max(1, model.userCount);
    return {
      itemId: model.items.idOf(row),
      score,
      match: matchOf(score, model),
      position: place + 1,
      source: 'popular',
      reasons: [],
    };
  });
}

/** Item rows by falling number of users, ties to the lower row. */
export function mostChosen(
  model: FactorModel,
  options: { readonly count: number; readonly mask?: Uint32Array | undefined },
): number[] {
  const count = Math.min(options.count, model.itemCount);
  const target = { rows: new Uint32Array(count), scores: new Float32Array(count) };
  const found = selectTopK(Float32Array.from(model.itemCounts), options.mask ?? null, target);
  return [...target.rows.subarray(0, found)];
}

/** The score as a share of the best possible one: 1 for implicit models, five stars for explicit ones. */
export function matchOf(score: number, model: FactorModel): number {
  const best = model.settings.objective === 'explicit' ? 5 : 1;
  return Math.min(1, Math.max(0, score / best));
}

function countOpen(mask: Uint32Array, itemCount: number): number {
  let open = 0;
  for (let row = 0; row < itemCount; row++) open += isMasked(mask, row) ? 0 : 1;
  return open;
}

/** @throws {UnknownItemError} naming the option and the id */
export function rowsOf(model: FactorModel, option: string, ids: readonly string[]): number[] {
  return ids.map((id) => model.items.rowOf(id, option));
}

/** Sixteen hexadecimal digits that depend on every part: FNV-1a over UTF-16, twice, from two starting values. */
function fingerprint(parts: readonly (string | number)[]): string {
  const text = parts.join('\u0000');
  return [0x811c_9dc5, 0x1b87_3593]
    .map((start) => {
      let hash = start;
      for (let place = 0; place < text.length; place++) hash = Math.imul(hash ^ text.charCodeAt(place), 0x0100_0193);
      return (hash >>> 0).toString(16).padStart(8, '0');
    })
    .join('');
}
