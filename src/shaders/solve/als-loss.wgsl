// partials[n] = Σ over the entries of row equation n of (a s² − 2 b s) + λ |x|²        s = x·y
// as the bits of an f32. If a factor of x is not finite, the result is NaN; the kernel checks exponents, since WGSL
// does not promise that arithmetic preserves NaN and infinity. One invocation per row equation. It sums the entries in
// blocks, so that rounding errors hardly grow with the length of the row. The host adds the partials and α₀ Σ_all
// (x·y)² = α₀ ⟨G_x, G_y⟩ in double precision.

struct RowEquation {
  row: u32,            // row of `factors`
  first_entry: u32,    // entries first_entry … end_entry of `columns` and `weights`
  end_entry: u32,
  regularization: f32, // λ
}

struct Params {
  row_count: u32,      // elements of `rows`
  page_rows: u32,      // rows of the other side in fixed_0; the rest are in fixed_1
  weight_stride: u32,  // 1, or 0 if all entries share one (a, b)
  counts_entries: u32, // 0: only λ |x|², because the other side has counted the entries
}

@group(0) @binding(0) var<storage, read> rows: array<RowEquation>;
@group(0) @binding(1) var<storage, read> columns: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<vec2f>;   // (a, b) per entry, or a single one
@group(0) @binding(3) var<storage, read> fixed_0: array<vec4f>;   // the other side, page_rows × rank_vectors
@group(0) @binding(4) var<storage, read> fixed_1: array<vec4f>;   // the other side from row page_rows on
@group(0) @binding(5) var<storage, read> factors: array<vec4f>;   // this side
@group(0) @binding(6) var<storage, read_write> partials: array<u32>;
@group(0) @binding(7) var<uniform> params: Params;

override rank_vectors: u32; // padded rank / 4
override is_paged: bool;    // whether fixed_1 is in use
override workgroup_size: u32;

const SUM_BLOCK = 512u;

// Bits of an f32. A number is not finite if its bits without the sign are at least INFINITY.
const INFINITY = 0x7f800000u;
const NOT_A_NUMBER = 0x7fc00000u;

fn fixed_vector(column: u32, v: u32) -> vec4f {
  if (is_paged && column >= params.page_rows) {
    return fixed_1[(column - params.page_rows) * rank_vectors + v];
  }
  return fixed_0[column * rank_vectors + v];
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
  var squares = vec4f();
  var largest = vec4u();
  for (var v = 0u; v < rank_vectors; v++) {
    let part = factors[start + v];
    squares += part * part;
    largest = max(largest, bitcast<vec4u>(part) & vec4u(0x7fffffffu));
  }
  if (any(largest >= vec4u(INFINITY))) {
    partials[index] = NOT_A_NUMBER;
    return;
  }
  var sum = equation.regularization * dot(squares, vec4f(1));
  let end = select(equation.first_entry, equation.end_entry, params.counts_entries != 0u);
  for (var block_start = equation.first_entry; block_start < end; block_start += SUM_BLOCK) {
    var block = 0.0;
    for (var entry = block_start; entry < min(block_start + SUM_BLOCK, end); entry++) {
      let column = columns[entry];
      var products = vec4f();
      for (var v = 0u; v < rank_vectors; v++) {
        products += factors[start + v] * fixed_vector(column, v);
      }
      let score = dot(products, vec4f(1));
      let weight = weights[entry * params.weight_stride];
      block += score * (weight.x * score - 2 * weight.y);
    }
    sum += block;
  }
  partials[index] = bitcast<u32>(sum);
}
