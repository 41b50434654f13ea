import { type Contribution, strongestReasons } from './explain.ts';
import type { RowEquations, ItemTable } from '../backends/backend.ts';
import type { FactorModel } from '../model/factor-model.ts';

/**
 * The `count` history items that contribute most to the score of each of `rows`, largest first. One list per row; it is
 * empty if no contribution is positive.
 *
 * @param request.equations one row: the equation of the visitor's history
 */
export async function reasonsFor(
  rows: readonly number[],
  request: {
    readonly model: FactorModel;
    readonly table: ItemTable;
    readonly equations: RowEquations;
    readonly count: number;
  },
): Promise<readonly (readonly Contribution[])[]> {
  const { model, table, equations, count } = request;
  if (count === 0) return rows.map(() => []);
  const { columns } = equations;
  const terms = await table.contributions(equations, Uint32Array.from(rows));
  return rows.map((_, place) =>
    strongestReasons(terms.subarray(place * columns.length, (place + 1) * columns.length), columns, {
      model,
      count,
    }),
  );
}
