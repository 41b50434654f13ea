// Scores the rows of each query's list of tiles, as pairs for select-top-k.
//
//   tiles       query_count × list_length pairs (key, tile), tiles ascending; unfilled places are (0, 0xffffffff)
//   candidates  query_count × (1 + 32 list_length) pairs (key, row). The first is (least key of the list, 0xffffffff)
//               if the keys are bounds, else (0, 0xffffffff); the others follow with rows ascending
//
// If the keys are bounds, every item outside the listed tiles scores below the least of them, which competes as the
// first pair: if the k best pairs do not include it, they are the k best items.
//
// One invocation scores four rows.

@group(0) @binding(4) var<storage, read> tiles: array<vec2u>;
@group(0) @binding(5) var<storage, read_write> candidates: array<vec2u>;
@group(0) @binding(6) var<uniform> params: Params;

const NO_ROW = 0xffffffffu;

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * workgroup_size + local;
  let quarters = params.list_length * (TILE / 4u);
  let query = index / quarters;
  if (query >= params.query_count) {
    return;
  }
  let first = query * params.list_length;
  let target_place = query * (1u + TILE * params.list_length);
  let place = index % quarters / (TILE / 4u);
  let bit = index % (TILE / 4u) * 4u;
  let is_first_page = params.page_first_row == 0u;
  if (index % quarters == 0u && is_first_page) {
    var least = select(0u, NO_ROW, params.has_bounds != 0u);
    for (var n = 0u; n < params.list_length; n++) {
      least = min(least, tiles[first + n].x);
    }
    candidates[target_place] = vec2u(least, NO_ROW);
  }
  let tile = tiles[first + place].y;
  let page_tile = tile - params.page_first_row / TILE;
  let is_here = tile != NO_ROW && tile * TILE >= params.page_first_row && page_tile * TILE < params.page_row_count;
  let output = target_place + 1u + place * TILE + bit;
  if (is_here) {
    let page_row = page_tile * TILE + bit;
    let rows = min(page_row + vec4u(0u, 1u, 2u, 3u), vec4u(params.page_row_count - 1u));
    let found = keys_of(score_rows(vec4u(query), rows)[0], left_out(query, page_tile), bit);
    for (var n = 0u; n < 4u; n++) {
      candidates[output + n] = vec2u(found[n], tile * TILE + bit + n);
    }
  } else if (tile == NO_ROW && is_first_page) {
    for (var n = 0u; n < 4u; n++) {
      candidates[output + n] = vec2u(0u, NO_ROW);
    }
  }
}
