// x_u = (α₀ G + Σ a y yᵀ + λ_u I)⁻¹ Σ b y by conjugate gradient from the current x_u
// (Hestenes, Stiefel 1952; warm start and few steps as Takács, Pilászy, Tikk 2011).
// With is_diagonal, G is diagonal, `gramian` holds its diagonal and α₀ G + λ I is the preconditioner
// (als-cg-diagonal.wgsl).
// One invocation per row, no barriers: suits software adapters and short rows.

override workgroup_size: u32;

// Room for rank 256, since a private array cannot take its size from an override. Vectors from rank_vectors on are
// unused.
alias RankVector = array<vec4f, 64>;

// result = sign (α₀ G + λ I + Σ a y yᵀ) vector + bias Σ b y, in one pass over the row's entries.
fn apply(
  equation: RowEquation,
  sign: f32,
  bias: f32,
  vector: ptr<function, RankVector>,
  result: ptr<function, RankVector>,
) {
  let lambda = sign * equation.regularization;
  let alpha0 = sign * params.alpha0;
  for (var v = 0u; v < rank_vectors; v++) {
    (*result)[v] = lambda * (*vector)[v];
    if (is_diagonal) {
      (*result)[v] += alpha0 * gramian[v] * (*vector)[v];
    }
  }
  if (!is_diagonal && params.alpha0 != 0) {
    // G is symmetric: each 4 × 4 block above the diagonal is loaded once and used for both halves.
    for (var u = 0u; u < rank_vectors; u++) {
      let scaled = alpha0 * (*vector)[u];
      var sum = gramian_block(u, u) * scaled;
      for (var v = u + 1u; v < rank_vectors; v++) {
        let block = gramian_block(u, v);
        (*result)[v] += block * scaled;
        sum += alpha0 * ((*vector)[v] * block);
      }
      (*result)[u] += sum;
    }
  }
  // Two entries at a time share the loads of `vector` and `result`; if the second is missing, its weight is 0.
  for (var entry = equation.first_entry; entry < equation.end_entry; entry += 2u) {
    let is_pair = entry + 1u < equation.end_entry;
    let other = select(entry, entry + 1u, is_pair);
    let column_0 = columns[entry];
    let column_1 = columns[other];
    var products_0 = vec4f();
    var products_1 = vec4f();
    for (var v = 0u; v < rank_vectors; v++) {
      let here = (*vector)[v];
      products_0 += fixed_vector(column_0, v) * here;
      products_1 += fixed_vector(column_1, v) * here;
    }
    let weight_0 = entry_weights(entry);
    let weight_1 = select(vec2f(), entry_weights(other), is_pair);
    let scale_0 = bias * weight_0.y + sign * weight_0.x * dot(products_0, vec4f(1));
    let scale_1 = bias * weight_1.y + sign * weight_1.x * dot(products_1, vec4f(1));
    for (var v = 0u; v < rank_vectors; v++) {
      (*result)[v] += scale_0 * fixed_vector(column_0, v) + scale_1 * fixed_vector(column_1, v);
    }
  }
}

// Rows 4u … 4u + 3, columns 4v … 4v + 3 of G; each vec4 is one row, so `block * x` is Gᵀ x and `x * block` is G x.
fn gramian_block(u: u32, v: u32) -> mat4x4f {
  let start = 4u * u * rank_vectors + v;
  return mat4x4f(
    gramian[start],
    gramian[start + rank_vectors],
    gramian[start + 2u * rank_vectors],
    gramian[start + 3u * rank_vectors],
  );
}

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.y * groups.x + group.x) * workgroup_size + lane;
  if (index >= params.row_count) {
    return;
  }
  let equation = rows[index];
  let start = equation.row * rank_vectors;
  if (equation.first_entry == equation.end_entry) {
    for (var v = 0u; v < rank_vectors; v++) {
      factors[start + v] = vec4f();
    }
    return;
  }

  var x: RankVector;
  var residual: RankVector;
  var direction: RankVector;
  var image: RankVector; // A × direction, then M⁻¹ × residual
  for (var v = 0u; v < rank_vectors; v++) {
    x[v] = factors[start + v];
  }
  apply(equation, -1, 1, &x, &residual);
  var squared = 0.0;
  for (var v = 0u; v < rank_vectors; v++) {
    direction[v] = preconditioner(equation, v) * residual[v];
    squared += dot(direction[v], residual[v]);
  }
  let enough = enough_of(squared);
  for (var step = 0u; step < params.steps; step++) {
    if (squared < enough) {
      break;
    }
    apply(equation, 1, 0, &direction, &image);
    var curvature = 0.0;
    for (var v = 0u; v < rank_vectors; v++) {
      curvature += dot(direction[v], image[v]);
    }
    // A curvature of 0 means that A is singular (λ = 0, and no a > 0): x stays as it is.
    let length = select(0.0, squared / curvature, curvature > 0);
    var next = 0.0;
    for (var v = 0u; v < rank_vectors; v++) {
      x[v] += length * direction[v];
      residual[v] -= length * image[v];
      image[v] = preconditioner(equation, v) * residual[v];
      next += dot(image[v], residual[v]);
    }
    for (var v = 0u; v < rank_vectors; v++) {
      direction[v] = image[v] + (next / squared) * direction[v];
    }
    squared = next;
  }
  for (var v = 0u; v < rank_vectors; v++) {
    factors[start + v] = x[v];
  }
}
