import type { AlsProblem } from '../src/backends/backend.ts';
import { Xoshiro128 } from '../src/model/random.ts';
import type { Interactions } from '../src/data/interactions.ts';
import { type ObjectiveSettings, trainingEquations } from '../src/model/row-equations.ts';
import type { CsrMatrix } from '../src/data/csr-matrix.ts';

/** What `recommender.fit` takes where nothing is asked for: every rating counts 1, frequency-scaled λ. */
export const presenceSettings: ObjectiveSettings = {
  objective: 'implicit',
  feedback: 'presence',
  alpha: null,
  unobservedWeight: 1,
  regularization: 0.001,
  exponent: 1,
};

/** One line on a data set. */
export function describeInteractions({ users, userCount, itemIds }: Interactions): string {
  return `MovieLens small: ${users.length} ratings, ${userCount} users, ${itemIds.length} films`;
}

/** A training problem that starts from normals of deviation 0.1 / √k (Rendle et al. 2022), the same for every contender. */
export function problemOf(
  matrix: CsrMatrix,
  { factors, settings }: { readonly factors: number; readonly settings: ObjectiveSettings },
): AlsProblem {
  const random = Xoshiro128.fromSeed(1);
  const deviation = 0.1 / Math.sqrt(factors);
  return {
    ...trainingEquations(matrix, settings),
    factors,
    unobservedWeight: settings.unobservedWeight,
    userFactors: random.normals(matrix.rowCount * factors, deviation),
    itemFactors: random.normals(matrix.columnCount * factors, deviation),
  };
}
