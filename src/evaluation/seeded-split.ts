import { CsrMatrix } from '../data/csr-matrix.ts';
import { Xoshiro128 } from '../model/random.ts';
import type { StrongSplit } from './strong-generalization.ts';

/** How to hold out part of each user's items. */
export interface HoldOutOptions {
  /** Share of a user's items that is held out, above 0 and below 1. */
  readonly heldOut: number;
  /** 0 to 2³² − 1. */
  readonly seed: number;
}

/**
 * Holds out a random part of every user's items: `heldOut` of them, rounded, at least one, and at least one stays.
 * A user of a single item keeps it. The same matrix and seed give the same targets.
 *
 * @returns users × items, the entries that are held out
 */
export function holdOutTargets(matrix: CsrMatrix, { heldOut, seed }: HoldOutOptions): CsrMatrix {
  const random = Xoshiro128.fromSeed(seed);
  const rowOffsets = new Uint32Array(matrix.rowCount + 1);
  const entries = new Uint32Array(matrix.nonZeroCount);
  let kept = 0;
  for (let row = 0; row < matrix.rowCount; row++) {
    const first = matrix.rowOffsets[row]!;
    const length = matrix.rowOffsets[row + 1]! - first;
    const count = length < 2 ? 0 : Math.min(length - 1, Math.max(1, Math.round(heldOut * length)));
    // Selection sampling (Knuth, The Art of Computer Programming, 3.4.2, algorithm S): ascending, without scratch.
    let wanted = count;
    for (let at = 0; wanted > 0; at++) {
      if (random.nextBelow(length - at) < wanted) {
        entries[kept++] = first + at;
        wanted--;
      }
    }
    rowOffsets[row + 1] = kept;
  }
  const columns = Uint32Array.from(entries.subarray(0, kept), (entry) => matrix.columns[entry]!);
  const values = Float32Array.from(entries.subarray(0, kept), (entry) => matrix.values[entry]!);
  return new CsrMatrix(matrix.rowCount, matrix.columnCount, rowOffsets, columns, values);
}

/**
 * A split for strong generalization: users dealt out to folds that differ by one user at most, and each user's targets
 * as `holdOutTargets` has them.
 */
export function seededStrongSplit(
  matrix: CsrMatrix,
  { foldCount, ...holdOut }: HoldOutOptions & { readonly foldCount: number },
): StrongSplit {
  const random = Xoshiro128.fromSeed(holdOut.seed);
  const order = Uint32Array.from({ length: matrix.rowCount }, (_, user) => user);
  // Fisher and Yates.
  for (let end = order.length; end > 1; end--) {
    const drawn = random.nextBelow(end);
    const user = order[drawn]!;
    order[drawn] = order[end - 1]!;
    order[end - 1] = user;
  }
  const folds = new Uint32Array(matrix.rowCount);
  for (let place = 0; place < order.length; place++) folds[order[place]!] = place % foldCount;
  return { folds, targets: holdOutTargets(matrix, { ...holdOut, seed: (holdOut.seed ^ 0x9e37_79b9) >>> 0 }) };
}
