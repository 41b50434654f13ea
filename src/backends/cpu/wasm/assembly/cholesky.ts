import { addWide, dotWide } from './wide';

/** As in `src/backends/cpu/cholesky.ts`. */
const pivotTolerance: f64 = 1e-12;

/**
 * Solves the rows `first … end` of (S + λ I + Σ a y yᵀ) x = Σ b y exactly, in double precision; arguments as for
 * `conjugateGradient`. Rows without entries become zero.
 *
 * @param system f64 `rank × rank`: S = α₀ G; only the lower triangle is used
 * @param scratch room for `rank × rank` and 6 `rank` doubles
 */
export function cholesky(
  offsets: usize,
  columns: usize,
  a: usize,
  b: usize,
  lambda: usize,
  factors: usize,
  fixed: usize,
  bytes: usize,
  first: usize,
  end: usize,
  system: usize,
  scratch: usize,
): void {
  const rank = bytes >> 2;
  const lineBytes = bytes << 1;
  const matrix = scratch;
  const right = matrix + rank * lineBytes;
  const inverse = right + lineBytes;
  const rows = inverse + lineBytes;
  for (let row = first; row < end; row++) {
    const x = factors + row * bytes;
    const begin = (<usize>load<u32>(offsets + (row << 2))) << 2;
    const stop = (<usize>load<u32>(offsets + (row << 2), 4)) << 2;
    if (begin == stop) {
      memory.fill(x, 0, bytes);
      continue;
    }
    assemble(matrix, right, rows, columns, a, b, begin, stop, load<f32>(lambda + (row << 2)), fixed, bytes, system);
    factorize(matrix, inverse, rank);
    solve(matrix, inverse, right, rank);
    for (let i: usize = 0; i < rank; i++) store<f32>(x + (i << 2), <f32>load<f64>(right + (i << 3)));
  }
}

/**
 * matrix = S + λ I + Σ a y yᵀ and right = Σ b y over the entries from `begin` to `stop`, both as byte offsets.
 *
 * @param rows room for four rows in double precision
 */
function assemble(
  matrix: usize,
  right: usize,
  rows: usize,
  columns: usize,
  a: usize,
  b: usize,
  begin: usize,
  stop: usize,
  lambda: f32,
  fixed: usize,
  bytes: usize,
  system: usize,
): void {
  const rank = bytes >> 2;
  const lineBytes = bytes << 1;
  memory.copy(matrix, system, rank * lineBytes);
  memory.fill(right, 0, lineBytes);
  let entry = begin;
  for (; entry + 16 <= stop; entry += 16) {
    for (let n: usize = 0; n < 4; n++) {
      const place = entry + (n << 2);
      widen(rows + n * lineBytes, fixed + <usize>load<u32>(columns + place) * bytes, lineBytes);
      addWide(right, load<f32>(b + place), rows + n * lineBytes, rank);
    }
    addOuterProducts4(matrix, rows, lineBytes, a + entry);
  }
  for (; entry < stop; entry += 4) {
    widen(rows, fixed + <usize>load<u32>(columns + entry) * bytes, lineBytes);
    addWide(right, load<f32>(b + entry), rows, rank);
    const weight = <f64>load<f32>(a + entry);
    for (let i: usize = 0; i < rank; i++) {
      addWide(matrix + i * lineBytes, weight * load<f64>(rows + (i << 3)), rows, i + 1);
    }
  }
  const regularization = <f64>lambda;
  for (let i: usize = 0; i < rank; i++) {
    const place = matrix + i * (lineBytes + 8);
    store<f64>(place, load<f64>(place) + regularization);
  }
}

/**
 * target[i][j] = b_j y_jᵀ (S + λ I + Σ a y yᵀ)⁻¹ z_i (f64) for the rows z listed in `rows` and the `count` entries.
 * Takes one factorization, and one solve per row or per entry, whichever are fewer.
 *
 * @param lambda the address of one number
 * @param system as for `cholesky`
 * @param scratch room for `rank × rank` and 6 `rank` doubles
 */
export function contributions(
  columns: usize,
  a: usize,
  b: usize,
  count: usize,
  lambda: usize,
  rows: usize,
  rowCount: usize,
  factors: usize,
  bytes: usize,
  system: usize,
  target: usize,
  scratch: usize,
): void {
  const rank = bytes >> 2;
  const lineBytes = bytes << 1;
  const matrix = scratch;
  const solved = matrix + rank * lineBytes;
  const inverse = solved + lineBytes;
  const wide = inverse + lineBytes;
  assemble(matrix, solved, wide, columns, a, b, 0, count << 2, load<f32>(lambda), factors, bytes, system);
  factorize(matrix, inverse, rank);
  const isByEntry = count < rowCount;
  const outerCount = isByEntry ? count : rowCount;
  const innerCount = isByEntry ? rowCount : count;
  for (let outer: usize = 0; outer < outerCount; outer++) {
    widen(solved, factors + <usize>load<u32>((isByEntry ? columns : rows) + (outer << 2)) * bytes, lineBytes);
    solve(matrix, inverse, solved, rank);
    for (let inner: usize = 0; inner < innerCount; inner++) {
      widen(wide, factors + <usize>load<u32>((isByEntry ? rows : columns) + (inner << 2)) * bytes, lineBytes);
      const entry = isByEntry ? outer : inner;
      const row = isByEntry ? inner : outer;
      const share = <f64>load<f32>(b + (entry << 2)) * dotWide(solved, wide, rank);
      store<f64>(target + ((row * count + entry) << 3), share);
    }
  }
}

/** Converts a row to double precision; the target has `lineBytes` bytes, a multiple of 32. */
function widen(target: usize, source: usize, lineBytes: usize): void {
  for (let i: usize = 0; i < lineBytes; i += 16) {
    v128.store(target + i, f64x2.promote_low_f32x4(v128.load64_zero(source + (i >> 1))));
  }
}

/** matrix += Σ a y yᵀ of four rows, in the lower triangle and the elements that share a SIMD vector with it. */
function addOuterProducts4(matrix: usize, rows: usize, lineBytes: usize, a: usize): void {
  const a0 = <f64>load<f32>(a);
  const a1 = <f64>load<f32>(a, 4);
  const a2 = <f64>load<f32>(a, 8);
  const a3 = <f64>load<f32>(a, 12);
  const y1 = rows + lineBytes;
  const y2 = y1 + lineBytes;
  const y3 = y2 + lineBytes;
  let line = matrix;
  for (let i: usize = 0; i < lineBytes; i += 8) {
    const f0 = f64x2.splat(a0 * load<f64>(rows + i));
    const f1 = f64x2.splat(a1 * load<f64>(y1 + i));
    const f2 = f64x2.splat(a2 * load<f64>(y2 + i));
    const f3 = f64x2.splat(a3 * load<f64>(y3 + i));
    for (let j: usize = 0; j <= i; j += 16) {
      const sum = f64x2.add(
        f64x2.add(f64x2.mul(f0, v128.load(rows + j)), f64x2.mul(f1, v128.load(y1 + j))),
        f64x2.add(f64x2.mul(f2, v128.load(y2 + j)), f64x2.mul(f3, v128.load(y3 + j))),
      );
      v128.store(line + j, f64x2.add(v128.load(line + j), sum));
    }
    line += lineBytes;
  }
}

/** Replaces the lower triangle by L of L Lᵀ; `inverse` receives 1 / diagonal, 0 where a pivot is not positive. */
function factorize(matrix: usize, inverse: usize, rank: usize): void {
  const lineBytes = rank << 3;
  for (let i: usize = 0; i < rank; i++) {
    const lineI = matrix + i * lineBytes;
    for (let j: usize = 0; j < i; j++) {
      const place = lineI + (j << 3);
      const sum = load<f64>(place) - dotWide(lineI, matrix + j * lineBytes, j);
      store<f64>(place, sum * load<f64>(inverse + (j << 3)));
    }
    const diagonal = load<f64>(lineI + (i << 3));
    const pivot = diagonal - dotWide(lineI, lineI, i);
    store<f64>(inverse + (i << 3), pivot > diagonal * pivotTolerance ? 1 / sqrt(pivot) : 0);
  }
}

/** Solves L Lᵀ x = b in place. */
function solve(matrix: usize, inverse: usize, vector: usize, rank: usize): void {
  const lineBytes = rank << 3;
  for (let i: usize = 0; i < rank; i++) {
    const place = vector + (i << 3);
    const sum = load<f64>(place) - dotWide(matrix + i * lineBytes, vector, i);
    store<f64>(place, sum * load<f64>(inverse + (i << 3)));
  }
  for (let i: usize = rank; i-- > 0;) {
    const place = vector + (i << 3);
    const solved = load<f64>(place) * load<f64>(inverse + (i << 3));
    store<f64>(place, solved);
    addWide(vector, -solved, matrix + i * lineBytes, i);
  }
}
