import type { AlsProblem, ItemSide, RowEquations } from '../../src/backends/backend.ts';
import { CsrMatrix } from '../../src/data/csr-matrix.ts';
import { trainingEquations, type ObjectiveSettings } from '../../src/model/row-equations.ts';

/** A small generator for tests, apart from the engine's own: Lehmer's minimal standard, uniform in 0–1. */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** `count` numbers uniform in −`scale` … `scale`. */
export function randomNumbers(count: number, options: { seed: number; scale?: number }): Float32Array {
  const next = uniform(options.seed);
  return Float32Array.from({ length: count }, () => (2 * next() - 1) * (options.scale ?? 1));
}

/** A matrix of the given cells; `null` is an empty cell. */
export function matrixOf(cells: readonly (readonly (number | null)[])[]): CsrMatrix {
  const columnCount = cells[0]?.length ?? 0;
  const filled = cells.flatMap((line, row) =>
    line.flatMap((value, column) => (value === null ? [] : [{ row, column, value }])),
  );
  return CsrMatrix.fromTriplets({
    rowCount: cells.length,
    columnCount,
    rows: Uint32Array.from(filled, ({ row }) => row),
    columns: Uint32Array.from(filled, ({ column }) => column),
    values: Float32Array.from(filled, ({ value }) => value),
  });
}

/** A seeded matrix with lively rows, an empty row, an empty column, and some negative strengths. */
export function randomMatrix(shape: {
  rowCount: number;
  columnCount: number;
  seed: number;
  density?: number;
}): CsrMatrix {
  const { rowCount, columnCount, seed, density = 0.3 } = shape;
  const next = uniform(seed);
  const emptyRow = Math.floor(rowCount / 2);
  const emptyColumn = Math.floor(columnCount / 3);
  return matrixOf(
    Array.from({ length: rowCount }, (_, row) =>
      Array.from({ length: columnCount }, (_, column) => {
        const isFilled = next() < density;
        const strength = next() < 0.15 ? -next() : 0.2 + 0.8 * next();
        return isFilled && (rowCount < 3 || row !== emptyRow) && (columnCount < 3 || column !== emptyColumn)
          ? strength
          : null;
      }),
    ),
  );
}

/** Settings of an implicit model with signed strengths; anything can be overridden. */
export function settingsOf(overrides: Partial<ObjectiveSettings> = {}): ObjectiveSettings {
  return {
    objective: 'implicit',
    feedback: 'strength',
    alpha: null,
    unobservedWeight: 0.3,
    regularization: 0.01,
    exponent: 1,
    ...overrides,
  };
}

/** A whole training problem over `matrix` with seeded starting factors. */
export function problemOf(
  matrix: CsrMatrix,
  options: { factors: number; settings?: ObjectiveSettings; seed?: number },
): AlsProblem {
  const { factors, settings = settingsOf(), seed = 7 } = options;
  const { users, items, constantLoss } = trainingEquations(matrix, settings);
  const scale = 1 / Math.sqrt(factors);
  return {
    factors,
    unobservedWeight: settings.unobservedWeight,
    users,
    items,
    constantLoss,
    userFactors: randomNumbers(users.rowCount * factors, { seed, scale }),
    itemFactors: randomNumbers(items.rowCount * factors, { seed: seed + 1, scale }),
  };
}

/** The item side of a problem as a table without biases. */
export function tableOf(problem: AlsProblem): ItemSide {
  return {
    factors: problem.factors,
    rowCount: problem.items.rowCount,
    itemFactors: problem.itemFactors,
    biases: new Float32Array(problem.items.rowCount),
    unobservedWeight: problem.unobservedWeight,
  };
}

/**
 * Rows of the given degrees over `columnCount` columns: weights a in [0, 2), b in [−1, 2), each λ half to one and a half of
 * `lambda`. `next` gives the random numbers. A column may stand twice in a row, which the equation does not mind.
 */
export function randomEquations(
  next: () => number,
  options: { readonly degrees: readonly number[]; readonly columnCount: number; readonly lambda: number },
): RowEquations {
  const { degrees, columnCount, lambda } = options;
  const rowOffsets = Uint32Array.from([0, ...degrees]);
  for (let row = 1; row < rowOffsets.length; row++) rowOffsets[row]! += rowOffsets[row - 1]!;
  const entryCount = rowOffsets.at(-1)!;
  return {
    rowCount: degrees.length,
    columnCount,
    rowOffsets,
    columns: Uint32Array.from({ length: entryCount }, (_, entry) => Math.imul(entry, 7919) % columnCount),
    a: Float32Array.from({ length: entryCount }, () => 2 * next()),
    b: Float32Array.from({ length: entryCount }, () => 3 * next() - 1),
    regularization: Float32Array.from({ length: degrees.length }, () => lambda * (0.5 + next())),
  };
}
