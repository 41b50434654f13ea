/**
 * The one place that turns values into weights. Training of both sides, fold-in, what-if and explanation all take
 * their (a, b, α₀, λ_u) from here, and no back end ever sees anything else.
 *
 * | entry                         | a      | b                 | α₀   | constant loss |
 * |-------------------------------|--------|-------------------|------|---------------|
 * | implicit, `alpha`, s > 0      | α s    | 1 + α s           | 1    | 1 + α s       |
 * | implicit, `unobservedWeight`  | s      | s                 | α₀   | s             |
 * | implicit, s < 0 (a dislike)   | w \|s\|| 0                 | α₀   | 0             |
 * | explicit, r stars             | 1      | r − μ − b_u − b_i | 0    | b²            |
 *
 * with w = α or 1. Entries of strength 0 are seen but say nothing: they have no place in the equations. Where a model
 * has `InteractionWeights`, these make the strengths s out of values, users and items.
 *
 * Sources: Hu, Koren, Volinsky 2008, eq. 4 (`alpha`); Rendle, Krichene, Zhang, Koren 2022 (α₀ and frequency-scaled
 * λ); Zhou et al. 2008 (explicit, λ scaled by the row's length).
 */
import { InvalidDataError } from '../errors.ts';
import type { CsrMatrix } from '../data/csr-matrix.ts';
import { strengthOfStars } from '../history/preferences.ts';
import { type HistoryEntry, sayingEntries, starsOf } from './history-entry.ts';
import type { InteractionWeights } from './interaction-weights.ts';
import type { RowEquations } from '../backends/backend.ts';

/** Everything about an objective that training and fold-in must agree on; written into the model. */
export interface ObjectiveSettings {
  readonly objective: 'implicit' | 'explicit';
  readonly feedback: 'presence' | 'strength' | 'stars';
  /** α of the confidence 1 + α s; null where the weight is the strength itself. */
  readonly alpha: number | null;
  /** α₀: weight of every cell, observed or not; 1 with `alpha`, 0 for explicit models. */
  readonly unobservedWeight: number;
  /** λ, before scaling. */
  readonly regularization: number;
  /** ν of λ_u = λ (|I(u)| + α₀ · other side)^ν. */
  readonly exponent: number;
}

/** What histories are weighed by, beside the settings of the objective. */
export interface HistoryWeighing extends Biases {
  readonly settings: ObjectiveSettings;
  /** Null where values, users and items do not matter beyond what `feedback` says. */
  readonly weights: InteractionWeights | null;
}

/** The constant part of an explicit model's prediction. All zero for implicit models. */
export interface Biases {
  /** μ: mean of all ratings. */
  readonly globalMean: number;
  /** b_i by item row. */
  readonly itemBiases: Float32Array;
}

/** Both sides of a training problem. */
export interface TrainingEquations {
  readonly users: RowEquations;
  readonly items: RowEquations;
  readonly constantLoss: number;
  readonly biases: Biases;
}

/** One row of equations per history, and each history's own bias (0 for implicit models). */
export interface FoldInEquations {
  readonly equations: RowEquations;
  readonly userBiases: Float64Array;
}

/**
 * β of the damped means b = Σ deviation / (n + β): a mean of few ratings is drawn towards zero, as if five more
 * ratings stood at the average.
 */
export const biasDamping = 5;

/** λ_u = λ (n + α₀ · other side)^ν for a row of `entryCount` equation entries. */
export function rowRegularization(
  settings: Pick<ObjectiveSettings, 'regularization' | 'exponent' | 'unobservedWeight'>,
  entryCount: number,
  otherSideCount: number,
): number {
  const { regularization, exponent, unobservedWeight } = settings;
  return exponent === 0
    ? regularization
    : regularization * (entryCount + unobservedWeight * otherSideCount) ** exponent;
}

/** (a, b) of an implicit entry and its share of the constant loss. */
export function implicitWeights(
  strength: number,
  alpha: number | null,
): { readonly a: number; readonly b: number; readonly constant: number } {
  const weight = (alpha ?? 1) * Math.abs(strength);
  if (strength <= 0) return { a: weight, b: 0, constant: 0 };
  const b = alpha === null ? weight : 1 + weight;
  return { a: weight, b, constant: b };
}

/** The implicit strength that a training value stands for. */
function strengthOfValue(value: number, feedback: ObjectiveSettings['feedback']): number {
  if (feedback === 'presence') return 1;
  return feedback === 'stars' ? strengthOfStars(value) : value;
}

/** The equations of a training matrix are made with these. */
export interface TrainingExtras {
  /** The visitor's history, as one more row, the last; none where it says nothing. */
  readonly history?: readonly HistoryEntry[];
  readonly weights?: InteractionWeights | null;
}

/**
 * The equations of a training matrix, users × items.
 *
 * @throws {InvalidDataError} stars outside 0.5–5
 */
export function trainingEquations(
  matrix: CsrMatrix,
  settings: ObjectiveSettings,
  { history = [], weights = null }: TrainingExtras = {},
): TrainingEquations {
  const weighed = strengthMatrix(matrix, settings, weights);
  const said = sayingEntries(history, settings.objective);
  const hasHistory = said.length > 0;
  const whole = hasHistory
    ? weighed.matrix.withRow(
        said.map(({ itemRow }) => itemRow),
        valuesOf(said, settings, weights),
      )
    : weighed.matrix;
  return settings.objective === 'explicit'
    ? explicitTraining(whole, settings)
    : implicitTraining(whole, weighed.settings, hasHistory ? matrix.rowCount : null);
}

/** The matrix with strengths for values where there are weights, and the settings that read it so. */
function strengthMatrix(matrix: CsrMatrix, settings: ObjectiveSettings, weights: InteractionWeights | null) {
  return weights === null
    ? { matrix, settings }
    : { matrix: weights.weigh(matrix), settings: { ...settings, feedback: 'strength' as const } };
}

/** Stars for an explicit model, strengths for an implicit one. */
function valuesOf(
  said: readonly HistoryEntry[],
  { objective }: ObjectiveSettings,
  weights: InteractionWeights | null,
): number[] {
  if (objective === 'explicit') return said.map((entry) => starsOf(entry)!);
  return weights === null ? said.map(({ strength }) => strength) : weights.strengthsOf(said);
}

/** @param historyRow the row whose values are strengths, whatever `feedback` says of the others */
function implicitTraining(
  matrix: CsrMatrix,
  settings: ObjectiveSettings,
  historyRow: number | null,
): TrainingEquations {
  const { entries, constantLoss } = implicitEntries(matrix, settings, historyRow);
  const biases = { globalMean: 0, itemBiases: new Float32Array(matrix.columnCount) };
  return { ...bothSides(entries, settings), constantLoss, biases };
}

function implicitEntries(
  matrix: CsrMatrix,
  settings: ObjectiveSettings,
  historyRow: number | null,
): { entries: Omit<RowEquations, 'regularization'>; constantLoss: number } {
  const { rowCount, columnCount, nonZeroCount } = matrix;
  const rowOffsets = new Uint32Array(rowCount + 1);
  // Millions of entries: columns are copied from the first dropped entry on, b from the first that differs from a.
  let { columns } = matrix;
  const a = new Float32Array(nonZeroCount);
  let b = a;
  let kept = 0;
  let constantLoss = 0;
  for (let row = 0; row < rowCount; row++) {
    const feedback = row === historyRow ? 'strength' : settings.feedback;
    for (let entry = matrix.rowOffsets[row]!; entry < matrix.rowOffsets[row + 1]!; entry++) {
      const value = matrix.values[entry]!;
      if (feedback === 'stars') requireStars(value, row, matrix.columns[entry]!);
      const strength = strengthOfValue(value, feedback);
      if (strength === 0) {
        if (columns === matrix.columns) columns = columns.slice();
        continue;
      }
      const weights = implicitWeights(strength, settings.alpha);
      if (columns !== matrix.columns) columns[kept] = matrix.columns[entry]!;
      if (b === a && weights.b !== weights.a) b = a.slice();
      a[kept] = weights.a;
      if (b !== a) b[kept] = weights.b;
      constantLoss += weights.constant;
      kept++;
    }
    rowOffsets[row + 1] = kept;
  }
  const entries = { rowCount, columnCount, rowOffsets, columns, a, b };
  if (kept === nonZeroCount) return { entries, constantLoss };
  const keptA = a.slice(0, kept);
  return {
    entries: { ...entries, columns: columns.slice(0, kept), a: keptA, b: b === a ? keptA : b.slice(0, kept) },
    constantLoss,
  };
}

function explicitTraining(matrix: CsrMatrix, settings: ObjectiveSettings): TrainingEquations {
  const { rowCount, columnCount, rowOffsets, columns, values } = matrix;
  let sum = 0;
  for (let row = 0; row < rowCount; row++) {
    for (let entry = rowOffsets[row]!; entry < rowOffsets[row + 1]!; entry++) {
      requireStars(values[entry]!, row, columns[entry]!);
      sum += values[entry]!;
    }
  }
  const globalMean = values.length === 0 ? 0 : sum / values.length;
  const deviations = new Float64Array(columnCount);
  const counts = new Uint32Array(columnCount);
  for (const [entry, column] of columns.entries()) {
    deviations[column]! += values[entry]! - globalMean;
    counts[column]!++;
  }
  const itemBiases = new Float32Array(columnCount);
  for (let item = 0; item < columnCount; item++) itemBiases[item] = deviations[item]! / (counts[item]! + biasDamping);
  const biases = { globalMean, itemBiases };
  const { entries, constantLoss } = explicitEntries(matrix, biases);
  return { ...bothSides(entries, settings), constantLoss, biases };
}

function explicitEntries(
  { rowCount, columnCount, rowOffsets, columns, values }: CsrMatrix,
  biases: Biases,
): { entries: Omit<RowEquations, 'regularization'>; constantLoss: number } {
  const b = new Float32Array(values.length);
  let constantLoss = 0;
  for (let row = 0; row < rowCount; row++) {
    const first = rowOffsets[row]!;
    const end = rowOffsets[row + 1]!;
    const userBias = userBiasOf(values.subarray(first, end), columns.subarray(first, end), biases);
    for (let entry = first; entry < end; entry++) {
      const residual = values[entry]! - biases.globalMean - userBias - biases.itemBiases[columns[entry]!]!;
      b[entry] = residual;
      constantLoss += residual * residual;
    }
  }
  const a = new Float32Array(values.length).fill(1);
  return { entries: { rowCount, columnCount, rowOffsets, columns, a, b }, constantLoss };
}

/**
 * The equations of many histories at once, one row each, weighed as the training rows of a model with these settings
 * were: what `foldInEquations` gives for a few, without an object per entry.
 *
 * @throws {InvalidDataError} stars outside 0.5–5
 */
export function historyMatrixEquations(
  histories: CsrMatrix,
  { settings, weights, ...biases }: HistoryWeighing,
): RowEquations {
  if (settings.objective === 'implicit') {
    const weighed = strengthMatrix(histories, settings, weights);
    return withRegularization(implicitEntries(weighed.matrix, weighed.settings, null).entries, settings);
  }
  for (let row = 0; row < histories.rowCount; row++) {
    for (let entry = histories.rowOffsets[row]!; entry < histories.rowOffsets[row + 1]!; entry++) {
      requireStars(histories.values[entry]!, row, histories.columns[entry]!);
    }
  }
  return withRegularization(explicitEntries(histories, biases).entries, settings);
}

/** b_u: damped mean of what the stars leave over after μ and the items' own biases. */
function userBiasOf(stars: ArrayLike<number>, itemRows: ArrayLike<number>, biases: Biases): number {
  let sum = 0;
  for (let entry = 0; entry < stars.length; entry++) {
    sum += stars[entry]! - biases.globalMean - biases.itemBiases[itemRows[entry]!]!;
  }
  return sum / (stars.length + biasDamping);
}

function requireStars(value: number, row: number, column: number): void {
  if (value >= 0.5 && value <= 5) return;
  throw new InvalidDataError(`User row ${row}, item row ${column}: stars must be from 0.5 to 5, got ${value}.`);
}

/** Adds λ to the user side, and makes the item side by a stable counting transpose. */
function bothSides(
  users: Omit<RowEquations, 'regularization'>,
  settings: ObjectiveSettings,
): { users: RowEquations; items: RowEquations } {
  const { rowCount, columnCount, rowOffsets, columns, a, b } = users;
  const itemOffsets = new Uint32Array(columnCount + 1);
  for (const column of columns) itemOffsets[column + 1]!++;
  for (let item = 0; item < columnCount; item++) itemOffsets[item + 1]! += itemOffsets[item]!;
  const next = itemOffsets.slice();
  const itemColumns = new Uint32Array(columns.length);
  const itemA = new Float32Array(columns.length);
  const itemB = b === a ? itemA : new Float32Array(columns.length);
  for (let row = 0; row < rowCount; row++) {
    for (let entry = rowOffsets[row]!; entry < rowOffsets[row + 1]!; entry++) {
      const place = next[columns[entry]!]!++;
      itemColumns[place] = row;
      itemA[place] = a[entry]!;
      itemB[place] = b[entry]!;
    }
  }
  const items = {
    rowCount: columnCount,
    columnCount: rowCount,
    rowOffsets: itemOffsets,
    columns: itemColumns,
    a: itemA,
    b: itemB,
  };
  return { users: withRegularization(users, settings), items: withRegularization(items, settings) };
}

function withRegularization(side: Omit<RowEquations, 'regularization'>, settings: ObjectiveSettings): RowEquations {
  const regularization = new Float32Array(side.rowCount);
  for (let row = 0; row < side.rowCount; row++) {
    const entryCount = side.rowOffsets[row + 1]! - side.rowOffsets[row]!;
    regularization[row] = rowRegularization(settings, entryCount, side.columnCount);
  }
  return { ...side, regularization };
}

/**
 * The equations of histories to fold in, one row each. Entries are put in the order of their item rows, as a trained
 * row has them, so that both sum alike.
 *
 * @param histories each without an item twice
 */
export function foldInEquations(
  histories: readonly (readonly HistoryEntry[])[],
  model: HistoryWeighing & { readonly itemCount: number },
): FoldInEquations {
  const { settings, itemCount, weights } = model;
  const isExplicit = settings.objective === 'explicit';
  const rowOffsets = new Uint32Array(histories.length + 1);
  const regularization = new Float32Array(histories.length);
  const userBiases = new Float64Array(histories.length);
  const columns: number[] = [];
  const a: number[] = [];
  const b: number[] = [];
  for (const [row, history] of histories.entries()) {
    const said = sayingEntries(history, settings.objective);
    const values = valuesOf(said, settings, weights);
    const itemRows = said.map(({ itemRow }) => itemRow);
    for (const itemRow of itemRows) columns.push(itemRow);
    if (isExplicit) {
      const userBias = userBiasOf(values, itemRows, model);
      userBiases[row] = userBias;
      for (const [entry, itemRow] of itemRows.entries()) {
        a.push(1);
        b.push(values[entry]! - model.globalMean - userBias - model.itemBiases[itemRow]!);
      }
    } else {
      for (const strength of values) {
        const weight = implicitWeights(strength, settings.alpha);
        a.push(weight.a);
        b.push(weight.b);
      }
    }
    rowOffsets[row + 1] = columns.length;
    regularization[row] = rowRegularization(settings, said.length, itemCount);
  }
  return {
    equations: {
      rowCount: histories.length,
      columnCount: itemCount,
      rowOffsets,
      columns: Uint32Array.from(columns),
      a: Float32Array.from(a),
      b: Float32Array.from(b),
      regularization,
    },
    userBiases,
  };
}
