import { addWide, dotWide } from './wide';

/** The most QL steps per eigenvalue; two are usual. The limit only ends the loop if the matrix holds NaN. */
const mostSteps = 50;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by Householder tridiagonalization and implicit QL steps (Golub,
 * Van Loan, Matrix Computations, §8.3, which has QR). The results have the form of
 * `src/backends/cpu/symmetric-eigen.ts`, which uses Jacobi rotations.
 *
 * @param work f64 `rank × rank`: the matrix; only the lower triangle is read; overwritten
 * @param vectors f64 `rank × rank`: written, one eigenvector per row
 * @param values f64 `rank`: written
 * @param scratch room for 3 `rank` doubles
 */
export function symmetricEigen(work: usize, rank: usize, vectors: usize, values: usize, scratch: usize): void {
  const lineBytes = rank << 3;
  memory.fill(vectors, 0, lineBytes * rank);
  for (let i: usize = 0; i < rank; i++) store<f64>(vectors + i * (lineBytes + 8), 1);
  tridiagonalize(work, rank, vectors, values, scratch);
  diagonalize(rank, vectors, values, scratch);
}

function tridiagonalize(work: usize, rank: usize, vectors: usize, values: usize, beside: usize): void {
  const lineBytes = rank << 3;
  const mirror = beside + lineBytes;
  const product = mirror + lineBytes;
  for (let column: usize = 0; column < rank; column++) {
    const above = work + (column << 3);
    store<f64>(values + (column << 3), load<f64>(above + column * lineBytes));
    const next = column + 1;
    const offset = next << 3;
    if (next >= rank) break;
    let squared: f64 = 0;
    for (let i = next; i < rank; i++) {
      const value = load<f64>(above + i * lineBytes);
      store<f64>(mirror + (i << 3), value);
      squared += value * value;
    }
    const first = load<f64>(mirror + offset);
    const length = first > 0 ? -sqrt(squared) : sqrt(squared);
    if (squared == first * first) {
      store<f64>(beside + offset - 8, first);
      continue;
    }
    store<f64>(beside + offset - 8, length);
    store<f64>(mirror + offset, first - length);
    const scale = 1 / (squared - first * length);
    memory.fill(product, 0, lineBytes);
    for (let i = next; i < rank; i++) {
      const place = i << 3;
      const line = work + i * lineBytes + offset;
      const value = load<f64>(mirror + place);
      const sum = load<f64>(work + i * (lineBytes + 8)) * value + dotWide(line, mirror + offset, i - next);
      addWide(product + offset, value, line, i - next);
      store<f64>(product + place, load<f64>(product + place) + sum);
    }
    let inner: f64 = 0;
    for (let i = next; i < rank; i++) {
      const place = i << 3;
      const value = load<f64>(product + place) * scale;
      store<f64>(product + place, value);
      inner += value * load<f64>(mirror + place);
    }
    addWide(product + offset, -inner * scale * 0.5, mirror + offset, rank - next);
    for (let i = next; i < rank; i++) {
      const place = i << 3;
      const line = work + i * lineBytes + offset;
      addWide(line, -load<f64>(mirror + place), product + offset, i - next + 1);
      addWide(line, -load<f64>(product + place), mirror + offset, i - next + 1);
    }
    memory.fill(product, 0, lineBytes);
    for (let i = next; i < rank; i++) {
      addWide(product, scale * load<f64>(mirror + (i << 3)), vectors + i * lineBytes, rank);
    }
    for (let i = next; i < rank; i++) {
      addWide(vectors + i * lineBytes, -load<f64>(mirror + (i << 3)), product, rank);
    }
  }
}

function diagonalize(rank: usize, vectors: usize, diagonal: usize, beside: usize): void {
  const lineBytes = rank << 3;
  store<f64>(beside + lineBytes - 8, 0);
  for (let low: usize = 0; low < rank; low++) {
    const lowPlace = low << 3;
    for (let step = 0; step < mostSteps; step++) {
      let high = lowPlace;
      while (high < lineBytes - 8) {
        const around = abs(load<f64>(diagonal + high)) + abs(load<f64>(diagonal + high, 8));
        if (abs(load<f64>(beside + high)) <= f64.EPSILON * around) break;
        high += 8;
      }
      if (high == lowPlace) break;
      const corner = load<f64>(diagonal + lowPlace);
      const off0 = load<f64>(beside + lowPlace);
      const half = (load<f64>(diagonal + lowPlace, 8) - corner) / (2 * off0);
      const root = sqrt(half * half + 1);
      const shift = corner - off0 / (half + (half < 0 ? -root : root));
      let cosine: f64 = 1;
      let sine: f64 = 1;
      let bulge = load<f64>(diagonal + high) - shift;
      let moved: f64 = 0;
      let place = high;
      let isCut = false;
      while (place > lowPlace) {
        place -= 8;
        const off = sine * load<f64>(beside + place);
        const along = cosine * load<f64>(beside + place);
        const hypotenuse = sqrt(off * off + bulge * bulge);
        store<f64>(beside + place, hypotenuse, 8);
        if (hypotenuse == 0) {
          store<f64>(diagonal + place, load<f64>(diagonal + place, 8) - moved, 8);
          store<f64>(beside + high, 0);
          isCut = true;
          break;
        }
        sine = off / hypotenuse;
        cosine = bulge / hypotenuse;
        const base = load<f64>(diagonal + place, 8) - moved;
        const turn = (load<f64>(diagonal + place) - base) * sine + 2 * cosine * along;
        moved = sine * turn;
        store<f64>(diagonal + place, base + moved, 8);
        bulge = cosine * turn - along;
        turnRows(vectors + place * rank, lineBytes, cosine, sine);
      }
      if (isCut) continue;
      store<f64>(diagonal + lowPlace, load<f64>(diagonal + lowPlace) - moved);
      store<f64>(beside + lowPlace, bulge);
      store<f64>(beside + high, 0);
    }
  }
}

/** Rotates a row and the one below it. */
@inline
function turnRows(upper: usize, lineBytes: usize, cosine: f64, sine: f64): void {
  const cosines = f64x2.splat(cosine);
  const sines = f64x2.splat(sine);
  const lower = upper + lineBytes;
  // `rank` is a multiple of 8.
  for (let i: usize = 0; i < lineBytes; i += 32) {
    const value0 = v128.load(lower + i);
    const other0 = v128.load(upper + i);
    const value1 = v128.load(lower + i, 16);
    const other1 = v128.load(upper + i, 16);
    v128.store(lower + i, f64x2.add(f64x2.mul(sines, other0), f64x2.mul(cosines, value0)));
    v128.store(upper + i, f64x2.sub(f64x2.mul(cosines, other0), f64x2.mul(sines, value0)));
    v128.store(lower + i, f64x2.add(f64x2.mul(sines, other1), f64x2.mul(cosines, value1)), 16);
    v128.store(upper + i, f64x2.sub(f64x2.mul(cosines, other1), f64x2.mul(sines, value1)), 16);
  }
}
