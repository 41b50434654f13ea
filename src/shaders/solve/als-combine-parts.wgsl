// systems[n] += Σ systems[p] over the further parts p of row n, in order.
//
// Long rows are split into parts, so that many workgroups of als-normal-equations.wgsl share them. `systems` has the
// shape given there. One invocation per vec4.

struct Params {
  row_count: u32,
}

@group(0) @binding(0) var<storage, read> parts: array<vec2u>;          // per row: first further part, end
@group(0) @binding(1) var<storage, read_write> systems: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

override rank_vectors: u32;
override workgroup_size: u32;
override system_vectors: u32 = (4u * rank_vectors + 1u) * rank_vectors;

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.y * groups.x + group.x) * workgroup_size + lane;
  if (index >= params.row_count * system_vectors) {
    return;
  }
  let place = index % system_vectors;
  let further = parts[index / system_vectors];
  var sum = systems[index];
  for (var part = further.x; part < further.y; part++) {
    sum += systems[part * system_vectors + place];
  }
  systems[index] = sum;
}
