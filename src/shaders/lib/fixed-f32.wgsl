
// The other side's factors in float32.
@group(0) @binding(4) var<storage, read> fixed_0: array<vec4f>; // page_rows × rank_vectors
@group(0) @binding(5) var<storage, read> fixed_1: array<vec4f>; // from row page_rows on

// Vector v of the other side's row `column`.
fn fixed_vector(column: u32, v: u32) -> vec4f {
  if (is_paged && column >= params.page_rows) {
    return fixed_1[(column - params.page_rows) * rank_vectors + v];
  }
  return fixed_0[column * rank_vectors + v];
}
