// An upper bound of every tile's best score, from eight-bit codes (compress-rows.wgsl): y ≈ s c and |y − s c| ≤ E, so
// that x · y ≤ s (x · c) + |x| E (Cauchy–Schwarz). E includes the rounding errors of both sides.
//
//   codes_page  tiles of the page × C panels of codes, C = rank / 16 rounded up
//   row_bounds  (s, E) of each row of the page, four per array element; E ≤ 0: the row has no bound
//   keys        query_count × tiles, tiles = item_count / 32 rounded up: the key of a tile's greatest bound
//
// One invocation bounds one tile for one query. It converts the codes to floats. Multiplying them by codes of the query
// (dot4I8Packed) was slower on a software adapter and makes the bounds looser.

// Codes of the 32 rows of a tile for 16 factors, one vec4 per row. An invocation reads a whole panel at once: it is one
// array element because drivers check the index of every element read.
alias Panel = array<vec4u, 32>;

@group(0) @binding(3) var<storage, read> codes_page: array<Panel>;
@group(0) @binding(4) var<storage, read> row_bounds: array<mat4x2f>;
@group(0) @binding(5) var<storage, read_write> keys: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

const NO_BOUND = 0xffffffffu;
// HIGHEST is above any bound and means that none is known. LOWEST is below any bound and means that there is no row.
const HIGHEST = 0x1p+127;
const LOWEST = -HIGHEST;

// A code is masked in place and divided by its place value: shifting it out of its word is slow on a software adapter.
// The lower three codes of a word are stored unsigned, with 128 added, which OFFSETS subtracts.
const IN_PLACE = vec4u(0xffu, 0xff00u, 0xff0000u, 0xff000000u);
const UNITS = vec4f(1.0, 0x1p-8, 0x1p-16, 0x1p-24) / 127.0;
const OFFSETS = vec4f(128.0, 128.0, 128.0, 0.0) / 127.0;
const FOUR_BITS = vec4u(1u, 2u, 4u, 8u);

fn codes_of(word: u32) -> vec4f {
  return vec4f(bitcast<vec4i>(vec4u(word) & IN_PLACE));
}

fn dot_codes(x: array<vec4f, 4>, codes: vec4u) -> f32 {
  return dot(x[0], codes_of(codes.x)) + dot(x[1], codes_of(codes.y)) + dot(x[2], codes_of(codes.z))
    + dot(x[3], codes_of(codes.w));
}

// Products of sixteen numbers of a query with the codes of four rows. Each row is an argument of its own: an array of
// rows would be copied word by word.
fn dots(x: array<vec4f, 4>, row_0: vec4u, row_1: vec4u, row_2: vec4u, row_3: vec4u) -> vec4f {
  return vec4f(dot_codes(x, row_0), dot_codes(x, row_1), dot_codes(x, row_2), dot_codes(x, row_3));
}

// Vector `block` of a query; 0 past the rank.
fn query_at(query: u32, block: u32) -> vec4f {
  let blocks = params.rank_vectors;
  return select(vec4f(), queries[query * blocks + min(block, blocks - 1u)], block < blocks);
}

// Bounds of the rows 4 four … 4 four + 3 of the page, given the products `sums` of their codes with a query of length
// `norm`. Rows for which `absent` is not 0 get LOWEST.
fn bounds_of(four: u32, sums: vec4f, norm: f32, absent: vec4u) -> vec4f {
  let row = transpose(row_bounds[four]);
  let item = transpose(scale_bias[params.page_first_row / 4u + four]);
  let product = item[0] * (row[0] * sums + norm * row[1]);
  // Scales are not negative. The last two terms cover the rounding of this line and of the same line in the score.
  let bound = product + item[1] + (abs(product) + abs(item[1])) * 1e-6 + 1e-30;
  // Compares bits, because a driver may ignore NaN in comparisons: the bits of NaN are above those of any number.
  let is_large = bitcast<vec4u>(abs(bound)) >= vec4u(bitcast<u32>(HIGHEST));
  return select(select(bound, vec4f(HIGHEST), is_large | (row[1] <= vec4f())), vec4f(LOWEST), absent != vec4u());
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
  let code_blocks = (params.rank_vectors + 3u) / 4u;
  var squared = 0.0;
  var offset = 0.0;
  var sums_0 = vec4f();
  var sums_1 = vec4f();
  var sums_2 = vec4f();
  var sums_3 = vec4f();
  var sums_4 = vec4f();
  var sums_5 = vec4f();
  var sums_6 = vec4f();
  var sums_7 = vec4f();
  for (var block = 0u; block < code_blocks; block++) {
    let x_0 = query_at(query, 4u * block);
    let x_1 = query_at(query, 4u * block + 1u);
    let x_2 = query_at(query, 4u * block + 2u);
    let x_3 = query_at(query, 4u * block + 3u);
    squared += dot(x_0, x_0) + dot(x_1, x_1) + dot(x_2, x_2) + dot(x_3, x_3);
    offset += dot(x_0 + x_1 + x_2 + x_3, OFFSETS);
    let x = array(x_0 * UNITS, x_1 * UNITS, x_2 * UNITS, x_3 * UNITS);
    let panel = &codes_page[page_tile * code_blocks + block];
    sums_0 += dots(x, (*panel)[0], (*panel)[1], (*panel)[2], (*panel)[3]);
    sums_1 += dots(x, (*panel)[4], (*panel)[5], (*panel)[6], (*panel)[7]);
    sums_2 += dots(x, (*panel)[8], (*panel)[9], (*panel)[10], (*panel)[11]);
    sums_3 += dots(x, (*panel)[12], (*panel)[13], (*panel)[14], (*panel)[15]);
    sums_4 += dots(x, (*panel)[16], (*panel)[17], (*panel)[18], (*panel)[19]);
    sums_5 += dots(x, (*panel)[20], (*panel)[21], (*panel)[22], (*panel)[23]);
    sums_6 += dots(x, (*panel)[24], (*panel)[25], (*panel)[26], (*panel)[27]);
    sums_7 += dots(x, (*panel)[28], (*panel)[29], (*panel)[30], (*panel)[31]);
  }
  let norm = sqrt(squared) * 1.0001;
  let four = page_tile * (TILE / 4u);
  let absent = vec4u(left_out(query, page_tile));
  var best = bounds_of(four, sums_0 - offset, norm, absent & FOUR_BITS);
  best = max(best, bounds_of(four + 1u, sums_1 - offset, norm, absent & (FOUR_BITS * 0x10u)));
  best = max(best, bounds_of(four + 2u, sums_2 - offset, norm, absent & (FOUR_BITS * 0x100u)));
  best = max(best, bounds_of(four + 3u, sums_3 - offset, norm, absent & (FOUR_BITS * 0x1000u)));
  best = max(best, bounds_of(four + 4u, sums_4 - offset, norm, absent & (FOUR_BITS * 0x10000u)));
  best = max(best, bounds_of(four + 5u, sums_5 - offset, norm, absent & (FOUR_BITS * 0x100000u)));
  best = max(best, bounds_of(four + 6u, sums_6 - offset, norm, absent & (FOUR_BITS * 0x1000000u)));
  best = max(best, bounds_of(four + 7u, sums_7 - offset, norm, absent & (FOUR_BITS * 0x10000000u)));
  let greatest = max(max(best.x, best.y), max(best.z, best.w));
  // False for NaN too. Outside this range squares may overflow or underflow single precision.
  let is_bounded = squared >= 1e-30 && squared <= 1e30 && greatest < HIGHEST;
  let key = select(NO_BOUND, key_of(greatest, NO_BOUND), is_bounded);
  let tiles = (params.item_count + TILE - 1u) / TILE;
  keys[query * tiles + params.page_first_row / TILE + page_tile] = select(key, 0u, greatest == LOWEST);
}
