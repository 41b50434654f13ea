// score_qi = scale_i (x_q · y_i) + bias_i          key_qi = 0 where item i is masked for query q
//
//   queries     query_count × B vec4, B = rank / 4 rounded up, padded with zeros
//   items_page  page_row_count × B vec4: the rows page_first_row … of y
//   scale_bias  one (scale, bias) per row of y
//   mask        bit i % 32 of word i / 32 set: item i may not appear; mask_stride words a query, 0: one mask for all
//   keys        query_count × item_count, the score as an unsigned integer of the same order:
//               greater score, greater key; −0 and +0 equal; 0 is no score's key, and that of NaN
//
// ceil(page_row_count / workgroup_size) workgroups score the page for query_tile queries, one tile after another. One
// invocation scores one item for the tile, so that an item's row is read once for all its queries.

struct Params {
  query_count: u32,
  item_count: u32,
  rank_vectors: u32,
  page_first_row: u32,
  page_row_count: u32,
  has_mask: u32,
  mask_stride: u32,
}

override workgroup_size: u32 = 64;
// 1 to 4.
override query_tile: u32 = 4;

@group(0) @binding(0) var<storage, read> queries: array<vec4f>;
@group(0) @binding(1) var<storage, read> items_page: array<vec4f>;
@group(0) @binding(2) var<storage, read> scale_bias: array<vec2f>;
@group(0) @binding(3) var<storage, read> mask: array<u32>;
@group(0) @binding(4) var<storage, read_write> keys: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

// In integers throughout: floating-point shortcuts of a driver may forget the sign of zero.
fn order_preserving_key(score: f32) -> u32 {
  var bits = bitcast<u32>(score);
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return 0u;
  }
  if (magnitude == 0u) {
    bits = 0u;
  }
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let group_index = group.y * groups.x + group.x;
  let groups_a_page = (params.page_row_count + workgroup_size - 1u) / workgroup_size;
  let first_query = group_index / groups_a_page * query_tile;
  let page_row = (group_index % groups_a_page) * workgroup_size + local;
  if (page_row >= params.page_row_count || first_query >= params.query_count) {
    return;
  }
  let blocks = params.rank_vectors;
  let row = page_row * blocks;
  let tile = min(query_tile, params.query_count - first_query);
  // A tile cut short by the end scores its last query again in place of the missing ones.
  let query = (vec4u(first_query) + min(vec4u(0u, 1u, 2u, 3u), vec4u(tile - 1u))) * blocks;
  var dots = vec4f();
  for (var block = 0u; block < blocks; block++) {
    let y = items_page[row + block];
    dots.x += dot(queries[query.x + block], y);
    if (query_tile > 1u) {
      dots.y += dot(queries[query.y + block], y);
    }
    if (query_tile > 2u) {
      dots.z += dot(queries[query.z + block], y);
    }
    if (query_tile > 3u) {
      dots.w += dot(queries[query.w + block], y);
    }
  }
  let item = params.page_first_row + page_row;
  let scores = scale_bias[item].x * dots + scale_bias[item].y;
  for (var n = 0u; n < tile; n++) {
    let this_query = first_query + n;
    var key = order_preserving_key(scores[n]);
    if (params.has_mask != 0u) {
      let word = mask[this_query * params.mask_stride + item / 32u];
      if (((word >> (item % 32u)) & 1u) != 0u) {
        key = 0u;
      }
    }
    keys[this_query * params.item_count + item] = key;
  }
}
