// Reads `pass_count` times all of `source`, vec4 by vec4, neighbours by neighbours.
// source: length vec4; sums: one vec4 an invocation, so that no read can be left out.
// One invocation reads every (workgroups · workgroup_size)-th vec4; each pass starts one further, so that no two are equal.

struct Params {
  length: u32,
  pass_count: u32,
  invocation_count: u32,
}

override workgroup_size: u32;

@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> sums: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let invocation = (group.y * groups.x + group.x) * workgroup_size + local;
  if (invocation >= params.invocation_count) { return; }
  var sum = vec4f();
  for (var pass_index = 0u; pass_index < params.pass_count; pass_index++) {
    for (var at = invocation + pass_index; at < params.length; at += params.invocation_count) { sum += source[at]; }
  }
  sums[invocation] = sum;
}
