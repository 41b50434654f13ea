// A_u = α₀ G + Σ_{i ∈ I(u)} a_ui y_i y_iᵀ + λ_u I          r_u = Σ_{i ∈ I(u)} b_ui y_i
//
// Both sides of the row equation A_u x_u = r_u, for a batch of rows; als-cholesky.wgsl solves them.
// Other bindings are those of lib/row-equations.wgsl. With B = rank_vectors and R = 4 B:
//
//   systems  row_count × (R + 1) × B vec4: rows 0 … R − 1 are A (4 × 4 tiles on and below the diagonal only),
//            row R is r
//
// A row takes ceil((B (B + 1) / 2 + B) / workgroup_size) consecutive workgroups. One invocation computes one 4 × 4 tile
// of the row's A, or one vec4 of its r, by a loop over the row's entries. No barriers. Entries are summed in blocks of
// 64, so that rounding errors hardly grow with the length of the row.

// Here params.steps is the number of whole rows or first parts. The rows after them are further parts, which
// als-combine-parts.wgsl adds to the first: their A omits α₀ G. With is_diagonal, G is diagonal and `gramian` holds its
// diagonal.

override workgroup_size: u32;
override is_diagonal: bool;

@group(0) @binding(6) var<storage, read_write> systems: array<vec4f>;

const SUM_BLOCK = 64u;

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let group_index = group.y * groups.x + group.x;
  let tile_count = rank_vectors * (rank_vectors + 1u) / 2u;
  let groups_a_row = (tile_count + rank_vectors + workgroup_size - 1u) / workgroup_size;
  let batch_row = group_index / groups_a_row;
  let part = (group_index % groups_a_row) * workgroup_size + local;
  if (part >= tile_count + rank_vectors || batch_row >= params.row_count) {
    return;
  }
  let system = batch_row * (4u * rank_vectors + 1u) * rank_vectors;
  if (part >= tile_count) {
    right_side(rows[batch_row], part - tile_count, system);
  } else {
    left_side_tile(rows[batch_row], part, select(0.0, params.alpha0, batch_row < params.steps), system);
  }
}

// The position (i, j) of tile t of the lower triangle, numbered row by row: t = i (i + 1) / 2 + j.
fn tile_position(tile: u32) -> vec2u {
  var i = u32((sqrt(8.0 * f32(tile) + 1.0) - 1.0) * 0.5);
  // The square root is rounded, so i may be off by one; two integer comparisons correct it.
  if (i * (i + 1u) / 2u > tile) {
    i -= 1u;
  }
  if ((i + 1u) * (i + 2u) / 2u <= tile) {
    i += 1u;
  }
  return vec2u(i, tile - i * (i + 1u) / 2u);
}

fn left_side_tile(row: RowEquation, tile: u32, alpha0: f32, system: u32) {
  let position = tile_position(tile);
  let i = position.x;
  let j = position.y;
  // Column m of this matrix is row m of the tile.
  var sum = mat4x4f();
  for (var block_start = row.first_entry; block_start < row.end_entry; block_start += SUM_BLOCK) {
    var partial = mat4x4f();
    for (var entry = block_start; entry < min(block_start + SUM_BLOCK, row.end_entry); entry++) {
      let scaled = entry_weights(entry).x * fixed_vector(columns[entry], i);
      let other = fixed_vector(columns[entry], j);
      partial[0] += scaled.x * other;
      partial[1] += scaled.y * other;
      partial[2] += scaled.z * other;
      partial[3] += scaled.w * other;
    }
    sum += partial;
  }
  for (var m = 0u; m < 4u; m++) {
    let place = (4u * i + m) * rank_vectors + j;
    var rest = vec4f();
    rest[m] = select(0.0, row.regularization, i == j);
    if (!is_diagonal) {
      rest += alpha0 * gramian[place];
    } else if (i == j) {
      rest[m] += alpha0 * gramian[i][m];
    }
    systems[system + place] = sum[m] + rest;
  }
}

fn right_side(row: RowEquation, block: u32, system: u32) {
  var sum = vec4f();
  for (var block_start = row.first_entry; block_start < row.end_entry; block_start += SUM_BLOCK) {
    var partial = vec4f();
    for (var entry = block_start; entry < min(block_start + SUM_BLOCK, row.end_entry); entry++) {
      partial += entry_weights(entry).y * fixed_vector(columns[entry], block);
    }
    sum += partial;
  }
  systems[system + 4u * rank_vectors * rank_vectors + block] = sum;
}
