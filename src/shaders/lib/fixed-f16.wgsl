
// The other side's factors in float16, as pack-rows.wgsl made them.
@group(0) @binding(4) var<storage, read> fixed_0: array<vec2u>; // page_rows × rank_vectors
@group(0) @binding(5) var<storage, read> fixed_1: array<vec2u>; // from row page_rows on

// Vector v of the other side's row `column`.
fn fixed_vector(column: u32, v: u32) -> vec4f {
  var pair: vec2u;
  if (is_paged && column >= params.page_rows) {
    pair = fixed_1[(column - params.page_rows) * rank_vectors + v];
  } else {
    pair = fixed_0[column * rank_vectors + v];
  }
  return vec4f(unpack2x16float(pair.x), unpack2x16float(pair.y));
}
