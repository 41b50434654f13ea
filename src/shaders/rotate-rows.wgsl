// Replaces each factor row by its product with `basis`: 16 rows a workgroup, kept in workgroup memory meanwhile.
// A lane makes one vec4 of four rows at a time, so that what it loads of `basis` serves all four.

struct Params {
  row_count: u32,
}

@group(0) @binding(0) var<storage, read_write> factors: array<vec4f>; // row_count × rank_vectors
@group(0) @binding(1) var<storage, read> basis: array<vec4f>;         // padded rank × rank_vectors
@group(0) @binding(2) var<uniform> params: Params;

override rank_vectors: u32; // padded rank / 4
override workgroup_size: u32;

const tile_rows = 16u;
var<workgroup> tile: array<vec4f, tile_rows * rank_vectors>;

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
  for (var share = lane; share < 4u * rank_vectors; share += workgroup_size) {
    let v = share % rank_vectors;
    let row = share / rank_vectors * 4u;
    var sums = mat4x4f();
    for (var u = 0u; u < rank_vectors; u++) {
      let b = 4u * u * rank_vectors + v;
      let block = mat4x4f(basis[b], basis[b + rank_vectors], basis[b + 2u * rank_vectors], basis[b + 3u * rank_vectors]);
      for (var r = 0u; r < 4u; r++) {
        sums[r] += block * tile[(row + r) * rank_vectors + u];
      }
    }
    for (var r = 0u; r < 4u && row + r < row_count; r++) {
      factors[start + (row + r) * rank_vectors + v] = sums[r];
    }
  }
}
