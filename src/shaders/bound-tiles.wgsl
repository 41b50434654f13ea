// An upper bound of every tile's best score, from eight-bit codes (compress-rows.wgsl): y ≈ s c and |y − s c| ≤ E, so
// that x · y ≤ s (x · c) + |x| E (Cauchy–Schwarz). E has what any rounding of either side may come to in it.
//
//   codes_page  page_row_count × C vec4 of codes, four a word, C = rank / 16 rounded up
//   row_bounds  (s, E) of each row of the page; E ≤ 0: the row has no bound
//   keys        query_count × tiles, tiles = item_count / 32 rounded up: the key of the greatest bound of a tile
//
// One invocation bounds one tile for one query, eight rows at a time. Codes become floats again instead of being
// multiplied by codes of the query (dot4I8Packed): that was slower on a software adapter, and makes the bounds looser.

@group(0) @binding(4) var<storage, read> codes_page: array<vec4u>;
@group(0) @binding(5) var<storage, read> row_bounds: array<vec2f>;
@group(0) @binding(6) var<storage, read_write> keys: array<u32>;

const NO_BOUND = 0xffffffffu;

fn dot_codes(x: array<vec4f, 4>, codes: vec4u) -> f32 {
  return dot(x[0], unpack4x8snorm(codes.x)) + dot(x[1], unpack4x8snorm(codes.y))
    + dot(x[2], unpack4x8snorm(codes.z)) + dot(x[3], unpack4x8snorm(codes.w));
}

// Sixteen numbers of a query times the codes of four rows at these places.
fn dots(x: array<vec4f, 4>, places: vec4u) -> vec4f {
  return vec4f(
    dot_codes(x, codes_page[places.x]),
    dot_codes(x, codes_page[places.y]),
    dot_codes(x, codes_page[places.z]),
    dot_codes(x, codes_page[places.w]),
  );
}

// The key of the bound of a row with the product `sum` of its codes and a query of length `norm`.
fn bound_of(page_row: u32, sum: f32, norm: f32) -> u32 {
  let row = row_bounds[page_row];
  let item = scale_bias[params.page_first_row + page_row];
  let product = item.x * (row.x * sum + norm * row.y);
  // Scales are not negative. The last two terms are for the roundings of this line and of its twin in the score.
  let bound = product + item.y + (abs(product) + abs(item.y)) * 1e-6 + 1e-30;
  return select(key_of(bound, NO_BOUND), NO_BOUND, row.y <= 0.0);
}

// The greatest key of four rows, which are bit … bit + 3 of a tile.
fn greatest_of(rows: vec4u, sums: vec4f, norm: f32, word: u32, bit: u32) -> u32 {
  return max(
    max(without(bound_of(rows.x, sums.x, norm), word, bit), without(bound_of(rows.y, sums.y, norm), word, bit + 1u)),
    max(
      without(bound_of(rows.z, sums.z, norm), word, bit + 2u),
      without(bound_of(rows.w, sums.w, norm), word, bit + 3u),
    ),
  );
}

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let group_index = group.y * groups.x + group.x;
  let page_tiles = (params.page_row_count + TILE - 1u) / TILE;
  let groups_a_page = (page_tiles + workgroup_size - 1u) / workgroup_size;
  let query = group_index / groups_a_page;
  let page_tile = group_index % groups_a_page * workgroup_size + local;
  if (page_tile >= page_tiles || query >= params.query_count) {
    return;
  }
  let blocks = params.rank_vectors;
  let code_blocks = (blocks + 3u) / 4u;
  let word = left_out(query, page_tile);
  var squared = 0.0;
  for (var block = 0u; block < blocks; block++) {
    let x = queries[query * blocks + block];
    squared += dot(x, x);
  }
  // False for NaN too. Outside, squares are too large or too small for single precision.
  let is_bounded = squared >= 1e-30 && squared <= 1e30;
  let norm = sqrt(squared) * 1.0001;
  var greatest = 0u;
  let last = vec4u(params.page_row_count - 1u);
  for (var bit = 0u; bit < TILE && page_tile * TILE + bit < params.page_row_count; bit += 8u) {
    let first = page_tile * TILE + bit;
    let rows_0 = min(first + vec4u(0u, 1u, 2u, 3u), last);
    let rows_1 = min(first + vec4u(4u, 5u, 6u, 7u), last);
    var sums_0 = vec4f();
    var sums_1 = vec4f();
    for (var block = 0u; block < code_blocks; block++) {
      // Codes past the rank are 0, whatever they are multiplied with.
      let place = query * blocks + min(4u * block + vec4u(0u, 1u, 2u, 3u), vec4u(blocks - 1u));
      let x = array(queries[place.x], queries[place.y], queries[place.z], queries[place.w]);
      sums_0 += dots(x, rows_0 * code_blocks + block);
      sums_1 += dots(x, rows_1 * code_blocks + block);
    }
    greatest = max(greatest, greatest_of(rows_0, sums_0, norm, word, bit));
    greatest = max(greatest, greatest_of(rows_1, sums_1, norm, word, bit + 4u));
  }
  if (!is_bounded) {
    greatest = NO_BOUND;
  }
  let tiles = (params.item_count + TILE - 1u) / TILE;
  keys[query * tiles + params.page_first_row / TILE + page_tile] = greatest;
}
