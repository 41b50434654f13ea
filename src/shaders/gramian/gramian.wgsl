// Partial Gramians: partials[s] = Σ over the rows r of slice s of y_r y_rᵀ.
// One invocation sums one 8 × 8 block on or above the diagonal over one slice of rows, in row order. Blocks below the
// diagonal are not written: `gramian-combine` mirrors the others.

struct Params {
  row_count: u32,      // rows of `factors`
  rows_per_slice: u32,
  slice_count: u32,    // slices of this dispatch
  first_slice: u32,    // index in `partials` of this dispatch's first slice
}

@group(0) @binding(0) var<storage, read> factors: array<vec4f>;        // row_count × rank_vectors
@group(0) @binding(1) var<storage, read_write> partials: array<vec4f>; // slices × padded rank × rank_vectors
@group(0) @binding(2) var<uniform> params: Params;

override rank_vectors: u32;                            // padded rank / 4
override workgroup_size: u32;
override block_side: u32 = (rank_vectors + 1u) / 2u;   // blocks along one side
override block_count: u32 = block_side * (block_side + 1u) / 2u;

// a bᵀ; each vec4 of the result is one row.
fn outer(a: vec4f, b: vec4f) -> mat4x4f {
  return mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
}

fn store(slice: u32, u: u32, v: u32, block: mat4x4f) {
  if (u >= rank_vectors || v >= rank_vectors) {
    return;
  }
  let start = (slice * 4u * rank_vectors + 4u * u) * rank_vectors + v;
  for (var row = 0u; row < 4u; row++) {
    partials[start + row * rank_vectors] = block[row];
  }
}

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.y * groups.x + group.x) * workgroup_size + lane;
  if (index >= block_count * params.slice_count) {
    return;
  }
  let slice = index / block_count;
  // Blocks of the upper triangle are numbered row by row: block_side in the first row, one fewer in each next row.
  var across = index % block_count;
  var down = 0u;
  while (across >= block_side - down) {
    across -= block_side - down;
    down++;
  }
  let u = 2u * down;
  let v = 2u * (down + across);
  // With an odd number of vectors the last block has no second one: load the last again; `store` drops the result.
  let u_next = min(u + 1u, rank_vectors - 1u);
  let v_next = min(v + 1u, rank_vectors - 1u);

  var block_00 = mat4x4f();
  var block_01 = mat4x4f();
  var block_10 = mat4x4f();
  var block_11 = mat4x4f();
  let end = min((slice + 1u) * params.rows_per_slice, params.row_count);
  for (var row = slice * params.rows_per_slice; row < end; row++) {
    let start = row * rank_vectors;
    let left_0 = factors[start + u];
    let left_1 = factors[start + u_next];
    let right_0 = factors[start + v];
    let right_1 = factors[start + v_next];
    block_00 += outer(left_0, right_0);
    block_01 += outer(left_0, right_1);
    block_10 += outer(left_1, right_0);
    block_11 += outer(left_1, right_1);
  }
  let target_slice = params.first_slice + slice;
  store(target_slice, u, v, block_00);
  store(target_slice, u, v + 1u, block_01);
  store(target_slice, u + 1u, v, block_10);
  store(target_slice, u + 1u, v + 1u, block_11);
}
