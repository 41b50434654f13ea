import { type Contribution, strongestReasons } from './explain.ts';
import type { RowEquations } from '../backends/backend.ts';
import type { ServingModel } from './serving-model.ts';

/**
 * The `count` history items that speak most for each of `rows`, strongest first: a list a row, empty where nothing
 * speaks for it.
 *
 * @param request.equations one row: the equation of the visitor's history
 */
export async function reasonsFor(
  rows: readonly number[],
  request: { readonly serving: ServingModel; readonly equations: RowEquations; readonly count: number },
): Promise<readonly (readonly Contribution[])[]> {
  const { serving, equations, count } = request;
  if (count === 0) return rows.map(() => []);
  const { columns } = equations;
  const terms = (await serving.shares())(equations, rows);
  return rows.map((_, place) =>
    strongestReasons(terms.subarray(place * columns.length, (place + 1) * columns.length), columns, {
      model: serving.model,
      count,
    }),
  );
}
