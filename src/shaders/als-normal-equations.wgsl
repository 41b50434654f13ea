// A_u = α₀ G + Σ_{i ∈ I(u)} a_ui y_i y_iᵀ + λ_u I          r_u = Σ_{i ∈ I(u)} b_ui y_i
//
// The two sides of the row equation A_u x_u = r_u, written out for a batch of rows; als-cholesky.wgsl solves them.
// R is the rank rounded up to a multiple of 4, B = R / 4; padded components are zero in y and stay zero in x.
//
//   row_offsets     one more than rows: the entries of row u are row_offsets[u] … row_offsets[u + 1]
//   columns         the row i of y of each entry, counted from params.first_entry
//   weights         (a, b) of each entry, counted from params.first_entry
//   regularization  λ_u
//   gramian         R × R, G of the whole fixed side
//   fixed_page      page_row_count × B vec4: the rows page_first_row … of y; entries of other pages are passed over
//   systems         row_count × (R + 1) × B vec4: rows 0 … R − 1 are A (4 × 4 tiles on and below the diagonal only),
//                   row R is r
//
// Where y has several pages, one dispatch a page: the first writes, the others add (params.accumulate).
// A row takes ceil((B (B + 1) / 2 + B) / workgroup_size) workgroups, one row after another. One invocation holds one
// 4 × 4 tile of the row's A, or one vec4 of its r, and walks over the row's entries. No barriers. Entries are summed in blocks of 64, so that rounding does not grow with the length of the row.

struct Params {
  first_row: u32,
  row_count: u32,
  first_entry: u32,
  rank_blocks: u32,
  page_first_row: u32,
  page_row_count: u32,
  accumulate: u32,
  alpha0: f32,
}

override workgroup_size: u32 = 64;

@group(0) @binding(0) var<storage, read> row_offsets: array<u32>;
@group(0) @binding(1) var<storage, read> columns: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<vec2f>;
@group(0) @binding(3) var<storage, read> regularization: array<f32>;
@group(0) @binding(4) var<storage, read> gramian: array<vec4f>;
@group(0) @binding(5) var<storage, read> fixed_page: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> systems: array<vec4f>;
@group(0) @binding(7) var<uniform> params: Params;

const SUM_BLOCK = 64u;

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let group_index = group.y * groups.x + group.x;
  let blocks = params.rank_blocks;
  let tile_count = blocks * (blocks + 1u) / 2u;
  let groups_a_row = (tile_count + blocks + workgroup_size - 1u) / workgroup_size;
  let batch_row = group_index / groups_a_row;
  let part = (group_index % groups_a_row) * workgroup_size + local;
  if (part >= tile_count + blocks || batch_row >= params.row_count) {
    return;
  }
  let row = params.first_row + batch_row;
  let first = row_offsets[row] - params.first_entry;
  let end = row_offsets[row + 1u] - params.first_entry;
  let system = batch_row * (4u * blocks + 1u) * blocks;
  if (part >= tile_count) {
    right_side(first, end, part - tile_count, system);
  } else {
    left_side_tile(first, end, part, system, row);
  }
}

// Tile number t of the lower triangle, counted along its rows, at (i, j): t = i (i + 1) / 2 + j.
fn tile_position(tile: u32) -> vec2u {
  var i = u32((sqrt(8.0 * f32(tile) + 1.0) - 1.0) * 0.5);
  // The root may be off by one rounding; two integer comparisons settle it.
  if (i * (i + 1u) / 2u > tile) {
    i -= 1u;
  }
  if ((i + 1u) * (i + 2u) / 2u <= tile) {
    i += 1u;
  }
  return vec2u(i, tile - i * (i + 1u) / 2u);
}

fn left_side_tile(first: u32, end: u32, tile: u32, system: u32, row: u32) {
  let blocks = params.rank_blocks;
  let position = tile_position(tile);
  let i = position.x;
  let j = position.y;
  // Row m of the tile, here as column m of the matrix.
  var sum = mat4x4f();
  for (var block_start = first; block_start < end; block_start += SUM_BLOCK) {
    var partial = mat4x4f();
    for (var entry = block_start; entry < min(block_start + SUM_BLOCK, end); entry++) {
      let fixed_row = columns[entry] - params.page_first_row;
      if (fixed_row < params.page_row_count) {
        let scaled = weights[entry].x * fixed_page[fixed_row * blocks + i];
        let other = fixed_page[fixed_row * blocks + j];
        partial[0] += scaled.x * other;
        partial[1] += scaled.y * other;
        partial[2] += scaled.z * other;
        partial[3] += scaled.w * other;
      }
    }
    sum += partial;
  }
  let lambda = select(0.0, regularization[row], i == j);
  for (var m = 0u; m < 4u; m++) {
    let place = (4u * i + m) * blocks + j;
    if (params.accumulate != 0u) {
      systems[system + place] += sum[m];
    } else {
      var diagonal = vec4f();
      diagonal[m] = lambda;
      systems[system + place] = params.alpha0 * gramian[place] + sum[m] + diagonal;
    }
  }
}

fn right_side(first: u32, end: u32, block: u32, system: u32) {
  let blocks = params.rank_blocks;
  var sum = vec4f();
  for (var block_start = first; block_start < end; block_start += SUM_BLOCK) {
    var partial = vec4f();
    for (var entry = block_start; entry < min(block_start + SUM_BLOCK, end); entry++) {
      let fixed_row = columns[entry] - params.page_first_row;
      if (fixed_row < params.page_row_count) {
        partial += weights[entry].y * fixed_page[fixed_row * blocks + block];
      }
    }
    sum += partial;
  }
  let place = system + 4u * blocks * blocks + block;
  if (params.accumulate != 0u) {
    systems[place] += sum;
  } else {
    systems[place] = sum;
  }
}
