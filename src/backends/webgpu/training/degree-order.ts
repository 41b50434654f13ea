import type { RowEquations } from '../../backend.ts';

/**
 * The row at each place if rows are sorted by their number of entries, longest first; rows of equal length keep their
 * order. Training on the GPU numbers both sides in this order: rows that run side by side then end at about the same
 * time, and the factors that most entries need are close together in the cache.
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
