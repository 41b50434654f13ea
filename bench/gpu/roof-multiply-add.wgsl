// Multiply-adds on registers alone: eight vec4 an invocation that do not wait for one another.
// sums: one vec4 an invocation. An invocation does 2 · 8 · 4 · step_count flops.

struct Params {
  step_count: u32,
  invocation_count: u32,
}

override workgroup_size: u32;

@group(0) @binding(0) var<storage, read_write> sums: array<vec4f>;
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let invocation = (group.y * groups.x + group.x) * workgroup_size + local;
  if (invocation >= params.invocation_count) { return; }
  let factor = vec4f(1.0 - 1e-7 * f32(local));
  let term = vec4f(1e-7 * f32(invocation & 255u));
  var a = factor; var b = a + term; var c = b + term; var d = c + term;
  var e = d + term; var f = e + term; var g = f + term; var h = g + term;
  for (var step = 0u; step < params.step_count; step++) {
    a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term); d = fma(d, factor, term);
    e = fma(e, factor, term); f = fma(f, factor, term); g = fma(g, factor, term); h = fma(h, factor, term);
  }
  sums[invocation] = a + b + c + d + e + f + g + h;
}
