// Keys of every item of a page for every query, or only the greatest key of each tile.
//
//   keys  query_count × item_count, or, with maxima = 1, query_count × tiles, tiles = item_count / 32 rounded up
//
// A workgroup takes workgroup_size / lanes tiles for query_tile queries. Workgroups cover all tiles of the page for the
// first query_tile queries, then for the next. `lanes` invocations share a tile: each scores every lanes-th group of
// four rows. A GPU needs many invocations; on a software adapter waiting for other invocations is slow.

override lanes: u32;
override maxima: u32;

@group(0) @binding(4) var<storage, read_write> keys: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

var<workgroup> shared_maxima: array<vec4u, workgroup_size>;

fn store(query: u32, page_row: u32, found: vec4u) {
  let place = query * params.item_count + params.page_first_row + page_row;
  let count = params.page_row_count - page_row;
  keys[place] = found.x;
  if (count > 1u) {
    keys[place + 1u] = found.y;
  }
  if (count > 2u) {
    keys[place + 2u] = found.z;
  }
  if (count > 3u) {
    keys[place + 3u] = found.w;
  }
}

fn greatest_of(found: vec4u) -> u32 {
  return max(max(found.x, found.y), max(found.z, found.w));
}

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let group_index = group.y * groups.x + group.x;
  let tiles_a_group = workgroup_size / lanes;
  let page_tiles = (params.page_row_count + TILE - 1u) / TILE;
  let groups_a_page = (page_tiles + tiles_a_group - 1u) / tiles_a_group;
  let first_query = group_index / groups_a_page * query_tile;
  let page_tile = group_index % groups_a_page * tiles_a_group + local / lanes;
  let lane = local % lanes;
  let is_inside = page_tile < page_tiles && first_query < params.query_count;
  var greatest = vec4u();
  if (is_inside) {
    // In an incomplete last batch, the last query stands in for the missing ones.
    let query = min(first_query + vec4u(0u, 1u, 2u, 3u), vec4u(params.query_count - 1u));
    let word = vec4u(
      left_out(query.x, page_tile),
      left_out(query.y, page_tile),
      left_out(query.z, page_tile),
      left_out(query.w, page_tile),
    );
    for (var bit = 4u * lane; bit < TILE; bit += 4u * lanes) {
      let page_row = page_tile * TILE + bit;
      if (page_row >= params.page_row_count) {
        break;
      }
      let rows = min(page_row + vec4u(0u, 1u, 2u, 3u), vec4u(params.page_row_count - 1u));
      let scores = score_rows(query, rows);
      let found = array(
        keys_of(scores[0], word.x, bit),
        keys_of(scores[1], word.y, bit),
        keys_of(scores[2], word.z, bit),
        keys_of(scores[3], word.w, bit),
      );
      if (maxima == 0u) {
        store(query.x, page_row, found[0]);
        if (query_tile > 1u) {
          store(query.y, page_row, found[1]);
          store(query.z, page_row, found[2]);
          store(query.w, page_row, found[3]);
        }
      } else {
        greatest = max(
          greatest,
          vec4u(greatest_of(found[0]), greatest_of(found[1]), greatest_of(found[2]), greatest_of(found[3])),
        );
      }
    }
  }
  if (maxima != 0u) {
    if (lanes > 1u) {
      shared_maxima[local] = greatest;
      // All lanes of the tile have written their maxima.
      workgroupBarrier();
      if (lane == 0u) {
        for (var other = 1u; other < lanes; other++) {
          greatest = max(greatest, shared_maxima[local + other]);
        }
      }
    }
    if (is_inside && lane == 0u) {
      let tiles = (params.item_count + TILE - 1u) / TILE;
      let place = first_query * tiles + params.page_first_row / TILE + page_tile;
      let count = min(query_tile, params.query_count - first_query);
      for (var n = 0u; n < count; n++) {
        keys[place + n * tiles] = greatest[n];
      }
    }
  }
}
