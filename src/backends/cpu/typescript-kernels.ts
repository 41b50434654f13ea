import { factorizeCholesky, solveCholesky } from './cholesky.ts';
import { addRow, dotRow } from '../factor-row.ts';
import { addOuterProducts } from './gramian.ts';
import type { Kernels } from './kernels.ts';
import { symmetricEigen } from './symmetric-eigen.ts';
import { offer } from '../top-k.ts';

/**
 * The preconditioner's floor, relative to its largest element: the rounding of float32, in which factors are stored.
 */
const preconditionerFloor = 1e-6;

/** A row stops below this rᵀ M⁻¹ r. */
const solvedResidual = 1e-30;

/**
 * The kernels in TypeScript, with a memory of initially `byteLength` bytes: factors are float32 as everywhere, sums are
 * in double precision. `Kernels` documents each one; this is the readable implementation.
 */
export function typescriptKernels(byteLength: number): Kernels {
  let buffer: ArrayBuffer;
  let f32: Float32Array;
  let u32 = new Uint32Array(0);
  const allocate = (bytes: number): void => {
    const before = u32;
    buffer = new ArrayBuffer(Math.ceil(bytes / 8) * 8);
    f32 = new Float32Array(buffer);
    u32 = new Uint32Array(buffer);
    u32.set(before);
  };
  allocate(byteLength);
  const floats = (address: number, length: number): Float32Array => f32.subarray(address / 4, address / 4 + length);
  const words = (address: number, length: number): Uint32Array => u32.subarray(address / 4, address / 4 + length);
  const doubles = (address: number, length: number): Float64Array => new Float64Array(buffer, address, length);

  /** The Cholesky factor of S + λ I + Σ a y yᵀ. */
  const factorized = (
    row: Readonly<Record<'a' | 'lambda' | 'fixed' | 'system' | 'scratch', number>> & { readonly entries: Uint32Array },
    inverse: Float64Array,
  ): Float64Array => {
    const rank = inverse.length;
    const { entries: columns, a, lambda, fixed, system, scratch } = row;
    const matrix = doubles(scratch, rank * rank);
    const weights = floats(a, columns.length);
    matrix.set(doubles(system, rank * rank));
    addOuterProducts(matrix, f32.subarray(fixed / 4), { first: 0, end: columns.length, rank, columns, weights });
    for (let i = 0; i < rank; i++) matrix[i * rank + i]! += f32[lambda / 4]!;
    factorizeCholesky(matrix, inverse, rank);
    return matrix;
  };

  return {
    memory: {
      get buffer() {
        return buffer;
      },
    },

    reserve(bytes) {
      if (bytes > buffer.byteLength) allocate(bytes);
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
      const largest = isDiagonal ? Math.max(...floats(system, rank)) : 0;
      const vector = (): Float64Array => new Float64Array(rank);
      const [x, residual, direction, product, inverse] = [vector(), vector(), vector(), vector(), vector()];

      /** target = sign (S + λ I + Σ a y yᵀ) x + bWeight Σ b y; each y is read once. */
      const apply = (target: Float64Array, x: Float64Array, row: number, sign: number, bWeight: number): void => {
        const regularization = f32[lambda / 4 + row]!;
        for (let i = 0; i < rank; i++) {
          const product = isDiagonal ? f32[system / 4 + i]! * x[i]! : dotRow(x, f32, system / 4 + i * rank);
          target[i] = sign * (product + regularization * x[i]!);
        }
        const stop = u32[offsets / 4 + row + 1]!;
        for (let entry = u32[offsets / 4 + row]!; entry < stop; entry++) {
          const y = (fixed + u32[columns / 4 + entry]! * bytes) / 4;
          addRow(target, sign * f32[a / 4 + entry]! * dotRow(x, f32, y) + bWeight * f32[b / 4 + entry]!, f32, y);
        }
      };

      for (let row = first; row < end; row++) {
        const factorRow = floats(factors + row * bytes, rank);
        if (u32[offsets / 4 + row] === u32[offsets / 4 + row + 1]) {
          factorRow.fill(0);
          continue;
        }
        x.set(factorRow);
        apply(residual, x, row, -1, 1);
        const floor = (largest + f32[lambda / 4 + row]!) * preconditionerFloor;
        let squared = 0;
        for (let i = 0; i < rank; i++) {
          const diagonal = f32[system / 4 + i]! + f32[lambda / 4 + row]!;
          inverse[i] = isDiagonal && floor > 0 ? 1 / Math.max(diagonal, floor) : 1;
          direction[i] = inverse[i]! * residual[i]!;
          squared += residual[i]! * direction[i]!;
        }
        const enough = Math.max(squared * tolerance, solvedResidual);
        for (let step = 0; step < steps && squared > enough; step++) {
          apply(product, direction, row, 1, 0);
          let curvature = 0;
          for (let i = 0; i < rank; i++) curvature += direction[i]! * product[i]!;
          if (!(curvature > 0)) break;
          const length = squared / curvature;
          let next = 0;
          for (let i = 0; i < rank; i++) {
            x[i]! += length * direction[i]!;
            residual[i]! -= length * product[i]!;
            next += inverse[i]! * residual[i]! ** 2;
          }
          const turn = next / squared;
          for (let i = 0; i < rank; i++) direction[i] = inverse[i]! * residual[i]! + turn * direction[i]!;
          squared = next;
        }
        factorRow.set(x);
      }
    },

    cholesky(offsets, columns, a, b, lambda, factors, fixed, bytes, first, end, system, scratch) {
      const rank = bytes / 4;
      const inverse = new Float64Array(rank);
      for (let row = first; row < end; row++) {
        const begin = u32[offsets / 4 + row]!;
        const length = u32[offsets / 4 + row + 1]! - begin;
        const right = new Float64Array(rank);
        if (length > 0) {
          const entries = words(columns + 4 * begin, length);
          const matrix = factorized(
            { entries, a: a + 4 * begin, lambda: lambda + 4 * row, fixed, system, scratch },
            inverse,
          );
          for (const [entry, column] of entries.entries()) {
            addRow(right, f32[b / 4 + begin + entry]!, f32, (fixed + column * bytes) / 4);
          }
          solveCholesky(matrix, inverse, right, rank);
        }
        floats(factors + row * bytes, rank).set(right);
      }
    },

    contributions(columns, a, b, count, lambda, rows, rowCount, factors, bytes, system, target, scratch) {
      const inverse = new Float64Array(bytes / 4);
      const entries = words(columns, count);
      const matrix = factorized({ entries, a, lambda, fixed: factors, system, scratch }, inverse);
      const terms = doubles(target, rowCount * count);
      for (const [place, row] of words(rows, rowCount).entries()) {
        const solved = Float64Array.from(floats(factors + row * bytes, bytes / 4));
        solveCholesky(matrix, inverse, solved, bytes / 4);
        for (const [entry, column] of entries.entries()) {
          terms[place * count + entry] = f32[b / 4 + entry]! * dotRow(solved, f32, (factors + column * bytes) / 4);
        }
      }
    },

    gramian(factors, bytes, first, end, matrix, adds) {
      const rank = bytes / 4;
      const target = doubles(matrix, rank * rank);
      if (!adds) target.fill(0);
      addOuterProducts(target, f32.subarray(factors / 4), { first, end, rank });
    },

    symmetricEigen(work, rank, vectors, values) {
      symmetricEigen(doubles(work, rank * rank), doubles(vectors, rank * rank), doubles(values, rank));
    },

    rotate(factors, bytes, first, end, basis) {
      const rank = bytes / 4;
      for (let row = first; row < end; row++) {
        const turned = new Float64Array(rank);
        const factorRow = floats(factors + row * bytes, rank);
        for (let i = 0; i < rank; i++) addRow(turned, factorRow[i]!, f32, basis / 4 + i * rank);
        factorRow.set(turned);
      }
    },

    entryLoss(offsets, columns, a, b, factors, fixed, bytes, first, end) {
      let loss = 0;
      for (let row = first; row < end; row++) {
        const x = Float64Array.from(floats(factors + row * bytes, bytes / 4));
        const stop = u32[offsets / 4 + row + 1]!;
        for (let entry = u32[offsets / 4 + row]!; entry < stop; entry++) {
          const dot = dotRow(x, f32, (fixed + u32[columns / 4 + entry]! * bytes) / 4);
          loss += dot * (f32[a / 4 + entry]! * dot - 2 * f32[b / 4 + entry]!);
        }
      }
      return loss;
    },

    rankItems(queries, queryCount, factors, bytes, first, end, scales, biases, mask, maskBytes, k, counts, heaps) {
      for (let query = 0; query < queryCount; query++) {
        const x = Float64Array.from(floats(queries + query * bytes, bytes / 4));
        const heap = heaps + 8 * k * query;
        const best = { rows: words(heap, k), scores: floats(heap + 4 * k, k) };
        const bits = (mask + query * maskBytes) / 4;
        let kept = u32[counts / 4 + query]!;
        for (let row = first; row < end; row++) {
          if (mask && (u32[bits + (row >>> 5)]! >>> (row & 31)) & 1) continue;
          const product = dotRow(x, f32, (factors + row * bytes) / 4) * (scales ? f32[scales / 4 + row]! : 1);
          kept = offer(best, kept, row, Math.fround(product + (biases ? f32[biases / 4 + row]! : 0)));
        }
        u32[counts / 4 + query] = kept;
      }
    },

    // These heaps are kept as sorted lists.
    sortTopK(heap, k, kept, rows, scores) {
      words(rows, kept).set(words(heap, kept));
      floats(scores, kept).set(floats(heap + 4 * k, kept));
    },
  };
}
