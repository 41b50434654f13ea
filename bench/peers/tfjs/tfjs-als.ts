import {
  add,
  concat,
  div,
  gather,
  matMul,
  maximum,
  mul,
  reshape,
  sub,
  sum,
  type Rank,
  type Tensor2D,
  tensor,
  tensor1d,
  tensor2d,
  type Tensor3D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import type { AlsProblem, RowEquations } from '../../../src/backends/backend.ts';

/** Rows of about the same length, padded to one length with entries of weight 0, so that one matMul serves them all. */
interface RowBin {
  readonly rowCount: number;
  readonly length: number;
  /** `rowCount` rows of the side. */
  readonly rows: ReturnType<typeof tensor1d>;
  /** `rowCount · length` rows of the other side. */
  readonly columns: ReturnType<typeof tensor1d>;
  /** `rowCount × 1 × length`. */
  readonly a: Tensor3D;
  readonly b: Tensor3D;
  /** `rowCount × 1`. */
  readonly regularization: Tensor2D;
}

/** One side: its bins, and where each row of the side lies in their results, laid end to end. */
interface Side {
  readonly bins: readonly RowBin[];
  readonly places: ReturnType<typeof tensor1d>;
}

/**
 * The same alternating least squares with conjugate gradients, as one writes it in an array library: rows binned by
 * powers of two, the other side's rows gathered once a half-epoch, everything else batched matMul.
 */
export class TfjsAls {
  readonly #rank: number;
  readonly #alpha0: number;
  readonly #users: Side;
  readonly #items: Side;
  #userFactors: Tensor2D;
  #itemFactors: Tensor2D;

  constructor(problem: AlsProblem) {
    const { factors: rank, unobservedWeight: alpha0, users, items, userFactors, itemFactors } = problem;
    this.#rank = rank;
    this.#alpha0 = alpha0;
    this.#users = sideOf(users);
    this.#items = sideOf(items);
    this.#userFactors = tensor2d(userFactors, [users.rowCount, rank]);
    this.#itemFactors = tensor2d(itemFactors, [items.rowCount, rank]);
  }

  /** Users, then items. */
  epoch(steps: number): void {
    const users = this.#solve(this.#users, this.#userFactors, this.#itemFactors, steps);
    this.#userFactors.dispose();
    this.#userFactors = users;
    const items = this.#solve(this.#items, this.#itemFactors, this.#userFactors, steps);
    this.#itemFactors.dispose();
    this.#itemFactors = items;
  }

  async factors(): Promise<{ userFactors: Float32Array; itemFactors: Float32Array }> {
    const [userFactors, itemFactors] = await Promise.all([this.#userFactors.data(), this.#itemFactors.data()]);
    return { userFactors: userFactors as Float32Array, itemFactors: itemFactors as Float32Array };
  }

  #solve({ bins, places }: Side, own: Tensor2D, other: Tensor2D, steps: number): Tensor2D {
    return tidy(() => {
      const gramian = mul<Tensor2D>(matMul(other, other, true, false), this.#alpha0);
      const solved = bins.map((bin) => this.#solveBin(bin, { own, other, gramian, steps }));
      // Rows without entries take the row of zeros at the end.
      return gather(concat([...solved, zeros<Rank.R2>([1, this.#rank])], 0), places);
    });
  }

  #solveBin(
    { rowCount, length, rows, columns, a, b, regularization }: RowBin,
    half: { own: Tensor2D; other: Tensor2D; gramian: Tensor2D; steps: number },
  ): Tensor2D {
    const rank = this.#rank;
    const gathered = reshape(gather(half.other, columns), [rowCount, length, rank]);
    // Vectors are rows of a batch: as columns the same products take four times as long in tfjs.
    const entries = (weights: Tensor3D): Tensor2D => reshape(matMul(weights, gathered), [rowCount, rank]);
    const multiply = (vectors: Tensor2D): Tensor2D => {
      const scores = matMul(reshape<Rank.R3>(vectors, [rowCount, 1, rank]), gathered, false, true);
      return add(add(matMul(vectors, half.gramian), mul(vectors, regularization)), entries(mul(scores, a)));
    };
    const dot = (left: Tensor2D, right: Tensor2D): Tensor2D => sum(mul(left, right), 1, true);
    let x: Tensor2D = gather(half.own, rows);
    let residual: Tensor2D = sub(entries(b), multiply(x));
    let direction = residual;
    let squared = dot(residual, residual);
    for (let step = 0; step < half.steps; step++) {
      const product = multiply(direction);
      const length1 = div(squared, maximum(dot(direction, product), 1e-30));
      x = add(x, mul(direction, length1));
      residual = sub(residual, mul(product, length1));
      const next = dot(residual, residual);
      direction = add(residual, mul(direction, div(next, maximum(squared, 1e-30))));
      squared = next;
    }
    return x;
  }
}

function sideOf({ rowCount, rowOffsets, columns, a, b, regularization }: RowEquations): Side {
  const byLength = new Map<number, number[]>();
  for (let row = 0; row < rowCount; row++) {
    const entryCount = rowOffsets[row + 1]! - rowOffsets[row]!;
    if (entryCount === 0) continue;
    const length = 2 ** Math.ceil(Math.log2(entryCount));
    const bin = byLength.get(length);
    if (bin) bin.push(row);
    else byLength.set(length, [row]);
  }
  const filledCount = [...byLength.values()].reduce((count, rows) => count + rows.length, 0);
  const places = new Int32Array(rowCount).fill(filledCount);
  let place = 0;
  const bins = [...byLength].map(([length, rows]): RowBin => {
    const padded = {
      columns: new Int32Array(rows.length * length),
      a: new Float32Array(rows.length * length),
      b: new Float32Array(rows.length * length),
    };
    for (const [at, row] of rows.entries()) {
      places[row] = place++;
      const [first, end] = [rowOffsets[row]!, rowOffsets[row + 1]!];
      padded.columns.set(columns.subarray(first, end), at * length);
      padded.a.set(a.subarray(first, end), at * length);
      padded.b.set(b.subarray(first, end), at * length);
    }
    return {
      rowCount: rows.length,
      length,
      rows: tensor1d(Int32Array.from(rows), 'int32'),
      columns: tensor1d(padded.columns, 'int32'),
      a: tensor(padded.a, [rows.length, 1, length]),
      b: tensor(padded.b, [rows.length, 1, length]),
      regularization: tensor2d(
        Float32Array.from(rows, (row) => regularization[row]!),
        [rows.length, 1],
      ),
    };
  });
  return { bins, places: tensor1d(places, 'int32') };
}
