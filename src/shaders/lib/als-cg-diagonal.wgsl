
// Shared by the conjugate gradient kernels. `is_diagonal`: G is diagonal, `gramian` its rank_vectors vec4 and, after
// them, its largest number; M = α₀ G + λ I preconditions, and a row takes no more steps once rᵀ M⁻¹ r has fallen to
// `tolerance` of what it was. Otherwise M = I.
@group(0) @binding(6) var<storage, read_write> factors: array<vec4f>; // the side solved for; warm start and result

override is_diagonal: bool;
override tolerance: f32;

// Of the largest number of M: the floor of the others, so that rounding of G cannot become a direction.
const preconditioner_floor = 1e-6;

// Vector v of the diagonal of M⁻¹.
fn preconditioner(equation: RowEquation, v: u32) -> vec4f {
  if (!is_diagonal) {
    return vec4f(1);
  }
  let floor = preconditioner_floor * (params.alpha0 * gramian[rank_vectors].x + equation.regularization);
  if (floor > 0) {
    return 1 / max(params.alpha0 * gramian[v] + equation.regularization, vec4f(floor));
  }
  return vec4f(1);
}

// A squared residual below this is rounding, or as small as is asked for: a step would divide it by itself.
fn enough_of(squared: f32) -> f32 {
  return max(tolerance * squared, 1e-30);
}
