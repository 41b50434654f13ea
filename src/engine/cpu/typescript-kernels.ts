import { factorizeCholesky, solveCholesky } from './cholesky.ts';
import { addRow, dotRow } from './factor-row.ts';
import { addOuterProducts } from './gramian.ts';
import type { Kernels } from './kernels.ts';
import { symmetricEigen } from './symmetric-eigen.ts';
import { selectTopK } from './top-k.ts';

/** Of the largest diagonal element: the preconditioner's floor, rounding of single precision, which the factors have. */
const preconditionerFloor = 1e-6;

/** Squared residuals below this are not worth a step. */
const solvedResidual = 1e-30;

/**
 * The kernels in TypeScript over `byteLength` bytes: float32 factors as everywhere, sums in double precision. What each
 * one does is told at `Kernels`; this is the readable one.
 */
export function typescriptKernels(byteLength: number): Kernels {
  let buffer = new ArrayBuffer(Math.ceil(byteLength / 8) * 8);
  let f32 = new Float32Array(buffer);
  let u32 = new Uint32Array(buffer);
  const wide = (address: number, length: number): Float64Array => new Float64Array(buffer, address, length);

  return {
    memory: {
      get buffer() {
        return buffer;
      },
      grow(pages) {
        const before = u32;
        buffer = new ArrayBuffer(buffer.byteLength + 65_536 * pages);
        f32 = new Float32Array(buffer);
        u32 = new Uint32Array(buffer);
        u32.set(before);
        return 0;
      },
    },

    conjugateGradient(
      offsets,
      columns,
      a,
      b,
      lambda,
      factors,
      fixed,
      bytes,
      first,
      end,
      system,
      isDiagonal,
      steps,
      tolerance,
    ) {
      const rank = bytes / 4;
      const matrix = f32.subarray(system / 4, system / 4 + (isDiagonal ? rank : rank * rank));
      const largest = isDiagonal ? Math.max(...matrix) : 0;
      const [x, residual, direction, product, inverse] = Array.from({ length: 5 }, () => new Float64Array(rank));

      /** target += Σ (bWeight b + aWeight a (y·vector)) y: each y is read once. */
      const addEntries = (
        target: Float64Array,
        vector: Float64Array,
        row: number,
        aWeight: number,
        bWeight: number,
      ): void => {
        const stop = u32[offsets / 4 + row + 1]!;
        for (let entry = u32[offsets / 4 + row]!; entry < stop; entry++) {
          const y = fixed / 4 + u32[columns / 4 + entry]! * rank;
          const weight = aWeight * f32[a / 4 + entry]! * dotRow(vector, f32, y) + bWeight * f32[b / 4 + entry]!;
          addRow(target, weight, f32, y);
        }
      };

      /** target = ± (S + λ I) vector. */
      const multiply = (target: Float64Array, vector: Float64Array, regularization: number, sign: number): void => {
        if (isDiagonal) {
          for (let i = 0; i < rank; i++) target[i] = sign * (matrix[i]! + regularization) * vector[i]!;
          return;
        }
        // Four lines of the matrix at once: one load of the vector serves four products.
        for (let i = 0; i < rank; i += 4) {
          const line = i * rank;
          let sum0 = regularization * vector[i]!;
          let sum1 = regularization * vector[i + 1]!;
          let sum2 = regularization * vector[i + 2]!;
          let sum3 = regularization * vector[i + 3]!;
          for (let j = 0; j < rank; j++) {
            const value = vector[j]!;
            sum0 += matrix[line + j]! * value;
            sum1 += matrix[line + rank + j]! * value;
            sum2 += matrix[line + 2 * rank + j]! * value;
            sum3 += matrix[line + 3 * rank + j]! * value;
          }
          target[i] = sign * sum0;
          target[i + 1] = sign * sum1;
          target[i + 2] = sign * sum2;
          target[i + 3] = sign * sum3;
        }
      };

      for (let row = first; row < end; row++) {
        const place = factors / 4 + row * rank;
        if (u32[offsets / 4 + row] === u32[offsets / 4 + row + 1]) {
          f32.fill(0, place, place + rank);
          continue;
        }
        const regularization = f32[lambda / 4 + row]!;
        const floor = (largest + regularization) * preconditionerFloor;
        for (let i = 0; i < rank; i++) {
          x![i] = f32[place + i]!;
          inverse![i] = isDiagonal && floor > 0 ? 1 / Math.max(matrix[i]! + regularization, floor) : 1;
        }
        multiply(residual!, x!, regularization, -1);
        addEntries(residual!, x!, row, -1, 1);
        let squared = 0;
        for (let i = 0; i < rank; i++) {
          direction![i] = inverse![i]! * residual![i]!;
          squared += residual![i]! * direction![i]!;
        }
        const enough = Math.max(squared * tolerance, solvedResidual);
        for (let step = 0; step < steps && squared > enough; step++) {
          multiply(product!, direction!, regularization, 1);
          addEntries(product!, direction!, row, 1, 0);
          let curvature = 0;
          for (let i = 0; i < rank; i++) curvature += direction![i]! * product![i]!;
          if (!(curvature > 0)) break;
          const length = squared / curvature;
          let next = 0;
          for (let i = 0; i < rank; i++) {
            x![i]! += length * direction![i]!;
            const value = residual![i]! - length * product![i]!;
            residual![i] = value;
            next += inverse![i]! * value * value;
          }
          const turn = next / squared;
          for (let i = 0; i < rank; i++) direction![i] = inverse![i]! * residual![i]! + turn * direction![i]!;
          squared = next;
        }
        for (let i = 0; i < rank; i++) f32[place + i] = x![i]!;
      }
    },

    cholesky(offsets, columns, a, b, lambda, factors, fixed, bytes, first, end, system, scratch) {
      const rank = bytes / 4;
      const matrix = wide(scratch, rank * rank);
      const [right, inverse] = [new Float64Array(rank), new Float64Array(rank)];
      for (let row = first; row < end; row++) {
        const [begin, stop] = [u32[offsets / 4 + row]!, u32[offsets / 4 + row + 1]!];
        right.fill(0);
        if (begin < stop) {
          matrix.set(wide(system, rank * rank));
          addOuterProducts(matrix, f32.subarray(fixed / 4), {
            first: 0,
            end: stop - begin,
            rank,
            columns: u32.subarray(columns / 4 + begin, columns / 4 + stop),
            weights: f32.subarray(a / 4 + begin, a / 4 + stop),
          });
          for (let i = 0; i < rank; i++) matrix[i * rank + i]! += f32[lambda / 4 + row]!;
          for (let entry = begin; entry < stop; entry++) {
            addRow(right, f32[b / 4 + entry]!, f32, fixed / 4 + u32[columns / 4 + entry]! * rank);
          }
          factorizeCholesky(matrix, inverse, rank);
          solveCholesky(matrix, inverse, right, rank);
        }
        f32.set(right, factors / 4 + row * rank);
      }
    },

    gramian(factors, bytes, first, end, matrix, adds) {
      const rank = bytes / 4;
      const target = wide(matrix, rank * rank);
      if (!adds) target.fill(0);
      addOuterProducts(target, f32.subarray(factors / 4), { first, end, rank });
    },

    symmetricEigen(work, rank, vectors, values) {
      symmetricEigen(wide(work, rank * rank), wide(vectors, rank * rank), wide(values, rank));
    },

    rotate(factors, bytes, first, end, basis) {
      const rank = bytes / 4;
      const turned = new Float64Array(rank);
      for (let row = first; row < end; row++) {
        const place = factors / 4 + row * rank;
        turned.fill(0);
        for (let i = 0; i < rank; i++) addRow(turned, f32[place + i]!, f32, basis / 4 + i * rank);
        f32.set(turned, place);
      }
    },

    entryLoss(offsets, columns, a, b, factors, fixed, bytes, first, end) {
      const rank = bytes / 4;
      let loss = 0;
      for (let row = first; row < end; row++) {
        const x = Float64Array.from(f32.subarray(factors / 4 + row * rank, factors / 4 + (row + 1) * rank));
        const stop = u32[offsets / 4 + row + 1]!;
        for (let entry = u32[offsets / 4 + row]!; entry < stop; entry++) {
          const dot = dotRow(x, f32, fixed / 4 + u32[columns / 4 + entry]! * rank);
          loss += dot * (f32[a / 4 + entry]! * dot - 2 * f32[b / 4 + entry]!);
        }
      }
      return loss;
    },

    penalty(lambda, factors, bytes, first, end) {
      let penalty = 0;
      for (let row = first; row < end; row++) {
        const x = Float64Array.from(f32.subarray((factors + row * bytes) / 4, (factors + (row + 1) * bytes) / 4));
        penalty += f32[lambda / 4 + row]! * dotRow(x, f32, (factors + row * bytes) / 4);
      }
      return penalty;
    },

    scoreItems(x, factors, bytes, first, end, scales, biases, target) {
      const query = Float64Array.from(f32.subarray(x / 4, (x + bytes) / 4));
      for (let row = first; row < end; row++) {
        const dot = dotRow(query, f32, (factors + row * bytes) / 4);
        f32[target / 4 + row] = dot * (scales ? f32[scales / 4 + row]! : 1) + (biases ? f32[biases / 4 + row]! : 0);
      }
    },

    inverseNorms(factors, bytes, first, end, target) {
      for (let row = first; row < end; row++) {
        const x = Float64Array.from(f32.subarray((factors + row * bytes) / 4, (factors + (row + 1) * bytes) / 4));
        const squared = dotRow(x, f32, (factors + row * bytes) / 4);
        f32[target / 4 + row] = squared === 0 ? 0 : 1 / Math.sqrt(squared);
      }
    },

    selectTopK(scores, count, k, mask, rows, bestScores) {
      return selectTopK(
        f32.subarray(scores / 4, scores / 4 + count),
        { k, mask: mask ? u32.subarray(mask / 4, mask / 4 + Math.ceil(count / 32)) : null },
        { rows: u32.subarray(rows / 4, rows / 4 + k), scores: f32.subarray(bestScores / 4, bestScores / 4 + k) },
      );
    },
  };
}
