// x ← x B for each factor row x, with B = `basis`.
//
// One workgroup takes 16 rows and keeps the old rows in workgroup memory. One invocation computes two vec4 of eight
// rows at a time in registers, so that each load serves several products.

struct Params {
  row_count: u32,
}

@group(0) @binding(0) var<storage, read_write> factors: array<vec4f>; // row_count × rank_vectors
@group(0) @binding(1) var<storage, read> basis: array<vec4f>;         // padded rank × rank_vectors
@group(0) @binding(2) var<uniform> params: Params;

override rank_vectors: u32; // padded rank / 4
override workgroup_size: u32;
override pair_count: u32 = (rank_vectors + 1u) / 2u;

const tile_rows = 16u;
var<workgroup> tile: array<vec4f, tile_rows * rank_vectors>;

// Rows 4u … 4u + 3, columns 4v … 4v + 3 of the basis; each vec4 is one row.
fn basis_block(u: u32, v: u32) -> mat4x4f {
  let b = 4u * u * rank_vectors + v;
  return mat4x4f(basis[b], basis[b + rank_vectors], basis[b + 2u * rank_vectors], basis[b + 3u * rank_vectors]);
}

fn store(row: u32, v: u32, sums: mat4x4f) {
  for (var r = 0u; r < 4u; r++) {
    if (row + r < params.row_count) {
      factors[(row + r) * rank_vectors + v] = sums[r];
    }
  }
}

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first_row = tile_rows * (group.y * groups.x + group.x);
  let row_count = min(tile_rows, max(params.row_count, first_row) - first_row);
  let start = first_row * rank_vectors;
  for (var place = lane; place < row_count * rank_vectors; place += workgroup_size) {
    tile[place] = factors[start + place];
  }
  workgroupBarrier(); // the tile is complete
  for (var share = lane; share < 2u * pair_count; share += workgroup_size) {
    let v = share % pair_count * 2u;
    let w = min(v + 1u, rank_vectors - 1u); // with an odd number of vectors the last one is computed twice
    let row = share / pair_count * 8u;
    var upper_v = mat4x4f();
    var lower_v = mat4x4f();
    var upper_w = mat4x4f();
    var lower_w = mat4x4f();
    for (var u = 0u; u < rank_vectors; u++) {
      let block_v = basis_block(u, v);
      let block_w = basis_block(u, w);
      let at = row * rank_vectors + u;
      let upper = mat4x4f(tile[at], tile[at + rank_vectors], tile[at + 2u * rank_vectors], tile[at + 3u * rank_vectors]);
      let next = at + 4u * rank_vectors;
      let lower =
        mat4x4f(tile[next], tile[next + rank_vectors], tile[next + 2u * rank_vectors], tile[next + 3u * rank_vectors]);
      upper_v += block_v * upper;
      lower_v += block_v * lower;
      upper_w += block_w * upper;
      lower_w += block_w * lower;
    }
    store(first_row + row, v, upper_v);
    store(first_row + row + 4u, v, lower_v);
    store(first_row + row, w, upper_w);
    store(first_row + row + 4u, w, lower_w);
  }
}
