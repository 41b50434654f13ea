
// Shared by the conjugate gradient kernels. With is_diagonal, G is diagonal: `gramian` holds its diagonal (rank_vectors
// vec4) and after it its largest number, and M = α₀ G + λ I is the preconditioner. Otherwise M = I. A row stops once
// rᵀ M⁻¹ r has fallen to `tolerance` times its initial value.
@group(0) @binding(6) var<storage, read_write> factors: array<vec4f>; // the side solved for; warm start and result

override is_diagonal: bool;
override tolerance: f32;

// Floor of the numbers of M, relative to the largest, so that rounding errors of G do not become search directions.
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

// The rᵀ M⁻¹ r below which a row stops: it meets the tolerance, or is rounding noise, which a step would divide by
// itself. `squared` is the initial value.
fn enough_of(squared: f32) -> f32 {
  return max(tolerance * squared, 1e-30);
}
