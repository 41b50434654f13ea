// score_qi = scale_i (x_q · y_i) + bias_i
//
// All kernels that score share this code: a ranking that picks tiles by their best score and then scores their rows
// must see the same bits both times. WGSL lets a compiler round the same sum differently in two pipelines. On an
// adapter that does, an item within a rounding error of the last of the list could be lost; the tests would show it
// there, since they compare lists and scores to the bit.
//
//   items_page  page_row_count × B vec4: the rows page_first_row … of y

// Queries that one invocation scores together, 1 to 4.
override query_tile: u32;

@group(0) @binding(3) var<storage, read> items_page: array<vec4f>;

fn dots(x: vec4f, y: mat4x4f) -> vec4f {
  return vec4f(dot(x, y[0]), dot(x, y[1]), dot(x, y[2]), dot(x, y[3]));
}

// Scores of four consecutive rows, page_rows, the first a multiple of four. Column q holds the scores for query q;
// columns past query_tile are meaningless. Rows past the end of the page repeat the last row; the caller masks them.
// Every row and every query vector that is loaded serves four products.
fn score_rows(query_numbers: vec4u, page_rows: vec4u) -> mat4x4f {
  let blocks = params.rank_vectors;
  let query = query_numbers * blocks;
  let row = page_rows * blocks;
  var sums_0 = vec4f();
  var sums_1 = vec4f();
  var sums_2 = vec4f();
  var sums_3 = vec4f();
  for (var block = 0u; block < blocks; block++) {
    let y = mat4x4f(
      items_page[row.x + block],
      items_page[row.y + block],
      items_page[row.z + block],
      items_page[row.w + block],
    );
    sums_0 += dots(queries[query.x + block], y);
    if (query_tile > 1u) {
      sums_1 += dots(queries[query.y + block], y);
    }
    if (query_tile > 2u) {
      sums_2 += dots(queries[query.z + block], y);
    }
    if (query_tile > 3u) {
      sums_3 += dots(queries[query.w + block], y);
    }
  }
  let item = transpose(scale_bias[(params.page_first_row + page_rows.x) / 4u]);
  let scale = item[0];
  let bias = item[1];
  return mat4x4f(scale * sums_0 + bias, scale * sums_1 + bias, scale * sums_2 + bias, scale * sums_3 + bias);
}

// Keys of the rows bit … bit + 3 of a tile; 0 for those whose bit is set in `word`.
fn keys_of(scores: vec4f, word: u32, bit: u32) -> vec4u {
  return vec4u(
    without(key_of(scores.x, 0u), word, bit),
    without(key_of(scores.y, 0u), word, bit + 1u),
    without(key_of(scores.z, 0u), word, bit + 2u),
    without(key_of(scores.w, 0u), word, bit + 3u),
  );
}
