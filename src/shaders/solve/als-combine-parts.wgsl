// systems[n] += Σ systems[p] over the further parts p of row n, in their order: a row whose entries
// als-normal-equations.wgsl took in parts, so that many workgroups share it. The shapes are those of its `systems`;
// one invocation a vec4.

struct Params {
  row_count: u32,
}

@group(0) @binding(0) var<storage, read> parts: array<vec2u>;          // by row: first further part, end
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
