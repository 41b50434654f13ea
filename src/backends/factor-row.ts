/** x·y, where y is the `x.length` factors from `offset` on; `x.length` is a multiple of 4. */
export function dotRow(x: Float64Array, factors: Float32Array, offset: number): number {
  let dot0 = 0;
  let dot1 = 0;
  let dot2 = 0;
  let dot3 = 0;
  for (let i = 0; i < x.length; i += 4) {
    dot0 += x[i]! * factors[offset + i]!;
    dot1 += x[i + 1]! * factors[offset + i + 1]!;
    dot2 += x[i + 2]! * factors[offset + i + 2]!;
    dot3 += x[i + 3]! * factors[offset + i + 3]!;
  }
  return dot0 + dot1 + (dot2 + dot3);
}

/** x += weight y, where y is the `x.length` factors from `offset` on; `x.length` is a multiple of 4. */
export function addRow(x: Float64Array, weight: number, factors: Float32Array, offset: number): void {
  for (let i = 0; i < x.length; i += 4) {
    x[i]! += weight * factors[offset + i]!;
    x[i + 1]! += weight * factors[offset + i + 1]!;
    x[i + 2]! += weight * factors[offset + i + 2]!;
    x[i + 3]! += weight * factors[offset + i + 3]!;
  }
}

/** |y|² of row `row`; `rows` has `factors` numbers per row. */
export function squaredNorm(rows: Float32Array, row: number, factors: number): number {
  let squared = 0;
  for (let i = row * factors; i < (row + 1) * factors; i++) squared += rows[i]! * rows[i]!;
  return squared;
}

/** 1 / |y| of every row of `factors` numbers; 0 for a zero row. */
export function inverseNorms(rows: Float32Array, factors: number): Float32Array {
  return Float32Array.from({ length: rows.length / factors }, (_, row) => {
    const squared = squaredNorm(rows, row, factors);
    return squared === 0 ? 0 : 1 / Math.sqrt(squared);
  });
}

/** Scales every row of `factors` numbers to length 1, in place; zero rows stay zero. */
export function normalizeRows(rows: Float32Array, factors: number): void {
  const inverses = inverseNorms(rows, factors);
  for (const [place, value] of rows.entries()) rows[place] = value * inverses[Math.floor(place / factors)]!;
}
