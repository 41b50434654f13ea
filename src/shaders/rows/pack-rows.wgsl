// Copies factors in half the bytes: each vec4 of float32 as four float16, rounded to the nearest.

struct Params {
  vector_count: u32, // of the page
}

@group(0) @binding(0) var<storage, read> factors: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> packed: array<vec2u>;
@group(0) @binding(2) var<uniform> params: Params;

override workgroup_size: u32;

// What float16 cannot hold has no defined packing.
const largest = 65504.0;

// To 11 significant bits, ties to even: pack2x16float alone may round up or down.
fn rounded(vector: vec4f) -> vec4f {
  let bits = bitcast<vec4u>(vector);
  let is_odd = (bits >> vec4u(13u)) & vec4u(1u);
  return bitcast<vec4f>((bits + 0xfffu + is_odd) & vec4u(0xffffe000u));
}

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.y * groups.x + group.x) * workgroup_size + lane;
  if (index >= params.vector_count) {
    return;
  }
  let vector = rounded(clamp(factors[index], vec4f(-largest), vec4f(largest)));
  packed[index] = vec2u(pack2x16float(vector.xy), pack2x16float(vector.zw));
}
