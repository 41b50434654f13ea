// G = Σ_s partials[s], summed in slice order, so that the same input gives the same bits.
// One invocation per element of G. Below the diagonal it sums the mirrored element, so G is symmetric to the bit.

struct Params {
  slice_count: u32,
}

@group(0) @binding(0) var<storage, read> partials: array<f32>;       // slice_count × padded rank × padded rank
@group(0) @binding(1) var<storage, read_write> gramian: array<f32>;  // padded rank × padded rank
@group(0) @binding(2) var<uniform> params: Params;

override rank_vectors: u32; // padded rank / 4
override workgroup_size: u32;
override padded_rank: u32 = 4u * rank_vectors;

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let place = (group.y * groups.x + group.x) * workgroup_size + lane;
  if (place >= padded_rank * padded_rank) {
    return;
  }
  let row = place / padded_rank;
  let column = place % padded_rank;
  let upper = min(row, column) * padded_rank + max(row, column);
  var sum = 0.0;
  for (var slice = 0u; slice < params.slice_count; slice++) {
    sum += partials[slice * padded_rank * padded_rank + upper];
  }
  gramian[place] = sum;
}
