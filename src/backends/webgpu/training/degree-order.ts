import type { RowEquations } from '../../backend.ts';

/**
 * Rows by the number of their entries, longest first, equal ones in their order: the row at each place. Training on the
 * GPU numbers both sides so. Rows that run side by side then end together, and the factors that most entries ask for
 * lie together in a cache.
 */
export function degreeOrder({ rowCount, rowOffsets }: Pick<RowEquations, 'rowCount' | 'rowOffsets'>): Uint32Array {
  const entryCount = (row: number): number => rowOffsets[row + 1]! - rowOffsets[row]!;
  return Uint32Array.from({ length: rowCount }, (_, row) => row).sort(
    (left, right) => entryCount(right) - entryCount(left) || left - right,
  );
}

/** The place of each row in `order`. */
export function placesIn(order: Uint32Array): Uint32Array {
  const places = new Uint32Array(order.length);
  for (const [place, row] of order.entries()) places[row] = place;
  return places;
}
