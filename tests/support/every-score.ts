import type { ItemTable, TopKOptions } from '../../src/backends/backend.ts';

/** Scores of all items of a table, in the order of their rows: a list as long as the catalogue. NaN where it lacks one. */
export async function everyScore(
  table: ItemTable,
  queries: Float32Array,
  options: Pick<TopKOptions, 'similarity'> & { readonly rowCount: number },
): Promise<Float32Array> {
  const { similarity, rowCount: k } = options;
  const { topK } = await table.topK(queries, { k, similarity });
  const scores = new Float32Array(topK.rows.length).fill(Number.NaN);
  for (const [query, count] of topK.counts.entries()) {
    for (let place = query * k; place < query * k + count; place++) {
      scores[query * k + topK.rows[place]!] = topK.scores[place]!;
    }
  }
  return scores;
}
