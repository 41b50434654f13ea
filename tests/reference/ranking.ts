/** Scores and rankings in plain double precision, written for the reader and not for speed. */
export type Numbers = ArrayLike<number>;

function dot(left: Numbers, leftRow: number, right: Numbers, rightRow: number, rank: number): number {
  let sum = 0;
  for (let i = 0; i < rank; i++) sum += left[leftRow * rank + i]! * right[rightRow * rank + i]!;
  return sum;
}

/** x·y of every pair: users × items. */
export function scoresOfAll(users: Numbers, items: Numbers, rank: number): Float64Array {
  const itemCount = items.length / rank;
  return Float64Array.from({ length: (users.length / rank) * itemCount }, (_, cell) =>
    dot(users, Math.floor(cell / itemCount), items, cell % itemCount, rank),
  );
}

/** Scores of every item for one query, as `TopKOptions.similarity` defines them. */
export function scoresOf(
  query: Numbers,
  table: { factors: number; itemFactors: Numbers; biases: Numbers; rowCount: number },
  similarity: 'dot' | 'cosine',
): number[] {
  const { factors: rank, itemFactors, biases, rowCount } = table;
  const norm = Math.sqrt(dot(query, 0, query, 0, rank));
  return Array.from({ length: rowCount }, (_, row) => {
    const product = dot(query, 0, itemFactors, row, rank);
    if (similarity === 'dot') return product + biases[row]!;
    const norms = norm * Math.sqrt(dot(itemFactors, row, itemFactors, row, rank));
    return norms === 0 ? 0 : product / norms;
  });
}

/** Rows by falling score, ties to the lower row, masked rows left out. */
export function topRows(scores: Numbers, options: { k: number; isMasked?: (row: number) => boolean }): number[] {
  return Array.from({ length: scores.length }, (_, row) => row)
    .filter((row) => !options.isMasked?.(row))
    .sort((left, right) => scores[right]! - scores[left]! || left - right)
    .slice(0, options.k);
}
