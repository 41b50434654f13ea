// A = L Lᵀ,   L z = r,   Lᵀ x = z
//
// Solves the batch of systems that als-normal-equations.wgsl wrote. B = rank_vectors, R = 4 B.
//
//   systems  row_count × (R + 1) × B vec4: rows 0 … R − 1 are A (lower triangle), row R is r; L and z overwrite them
//            (L without its diagonal, whose inverse is kept in workgroup memory)
//   rows     row_count × (row of `factors`, first entry, end entry, λ's bits): only the first is read here
//   factors  the solved side, rows × B vec4: row rows[n].x receives x of system n
//
// One workgroup per system; its invocations take the rows of L in turn. Step j completes column j (left-looking):
//   L_ij = (A_ij − Σ_{m<j} L_im L_jm) / L_jj
// r is stored below A as one more row and becomes z by the same formula. Every invocation computes the pivot itself, so
// a step needs only one barrier.
//
// A pivot up to R 2⁻²³ A_jj is rounding noise of a singular A (λ = 0 and fewer independent entries than the rank): its
// component of x is 0, and the other components solve what is left. The result is never NaN, and it solves the normal
// equations if they have a solution.

struct Params {
  row_count: u32,
}

override workgroup_size: u32;
override rank_vectors: u32;
const MAX_RANK = 256;

@group(0) @binding(0) var<storage, read> rows: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> systems: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> factors: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> inverse_diagonal: array<f32, MAX_RANK>;
var<workgroup> remainder: array<f32, MAX_RANK>;

// Σ_{m<j} L_im L_jm; row_i and row_j are the indices of the rows' first vec4.
fn dot_before(row_i: u32, row_j: u32, j: u32) -> f32 {
  let whole_blocks = j / 4u;
  var sum = vec4f();
  for (var block = 0u; block < whole_blocks; block++) {
    sum += systems[row_i + block] * systems[row_j + block];
  }
  let kept = vec4u(0u, 1u, 2u, 3u) < vec4u(j % 4u);
  sum += select(vec4f(), systems[row_i + whole_blocks] * systems[row_j + whole_blocks], kept);
  return sum.x + sum.y + sum.z + sum.w;
}

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let batch_row = group.y * groups.x + group.x;
  if (batch_row >= params.row_count) {
    return;
  }
  let rank = 4u * rank_vectors;
  let pivot_tolerance = f32(rank) * 0x1p-23;
  let system = batch_row * (rank + 1u) * rank_vectors;

  for (var j = 0u; j < rank; j++) {
    let row_j = system + j * rank_vectors;
    let diagonal = systems[row_j + j / 4u][j % 4u];
    let pivot = diagonal - dot_before(row_j, row_j, j);
    let inverse = select(0.0, 1.0 / sqrt(pivot), pivot > pivot_tolerance * diagonal);
    if (local == 0u) {
      inverse_diagonal[j] = inverse;
    }
    for (var i = j + 1u + local; i <= rank; i += workgroup_size) {
      let row_i = system + i * rank_vectors;
      let value = systems[row_i + j / 4u][j % 4u];
      systems[row_i + j / 4u][j % 4u] = (value - dot_before(row_i, row_j, j)) * inverse;
    }
    // The next step reads row j + 1, to which one invocation has just added an element.
    storageBarrier();
  }

  for (var i = local; i < rank; i += workgroup_size) {
    remainder[i] = systems[system + rank * rank_vectors + i / 4u][i % 4u];
  }
  // All invocations read remainder and inverse_diagonal, of which each element was written by one.
  workgroupBarrier();
  for (var step = 0u; step < rank; step++) {
    let j = rank - 1u - step;
    let x_j = remainder[j] * inverse_diagonal[j];
    for (var i = local; i < j; i += workgroup_size) {
      remainder[i] -= systems[system + j * rank_vectors + i / 4u][i % 4u] * x_j;
    }
    // The next step reads remainder[j − 1].
    workgroupBarrier();
  }

  for (var block = local; block < rank_vectors; block += workgroup_size) {
    var x = vec4f();
    for (var m = 0u; m < 4u; m++) {
      x[m] = remainder[4u * block + m] * inverse_diagonal[4u * block + m];
    }
    factors[rows[batch_row].x * rank_vectors + block] = x;
  }
}
