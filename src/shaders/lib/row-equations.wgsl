// Shared by the kernels that solve row equations:
//   (α₀ G + Σ a y yᵀ + λ I) x = Σ b y        G = Σ_all y yᵀ
// Factor rows are rank_vectors vec4 long; the rank is padded with zeros to a multiple of 4. Padded factors stay zero:
// the padded rows and columns of G are zero, λ x = 0 for x = 0, and CG never leaves the subspace.

struct RowEquation {
  row: u32,            // row of `factors`
  first_entry: u32,    // entries first_entry … end_entry of `columns`, and of `weights`
  end_entry: u32,
  regularization: f32, // λ
}

struct Params {
  row_count: u32,      // elements of `rows` that this dispatch solves
  page_rows: u32,      // rows of the other side in fixed_0; the rest are in fixed_1
  alpha0: f32,
  steps: u32,          // CG steps; als-normal-equations.wgsl gives it another meaning
  weight_stride: u32,  // 1, or 0 if all entries share one (a, b)
}

@group(0) @binding(0) var<storage, read> rows: array<RowEquation>;
@group(0) @binding(1) var<storage, read> columns: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<vec2f>;    // (a, b) per entry, or a single one
@group(0) @binding(3) var<storage, read> gramian: array<vec4f>;    // 4 rank_vectors × rank_vectors, or a diagonal
@group(0) @binding(4) var<storage, read> fixed_0: array<vec4f>;    // the other side, page_rows × rank_vectors
@group(0) @binding(5) var<storage, read> fixed_1: array<vec4f>;    // the other side from row page_rows on
// Binding 6 is the kernel's output.
@group(0) @binding(7) var<uniform> params: Params;

override rank_vectors: u32;  // padded rank / 4
// Whether fixed_1 is in use. An override, because without it a software adapter takes 1.5 times as long.
override is_paged: bool;

// The weights (a, b) of an entry.
fn entry_weights(entry: u32) -> vec2f {
  return weights[entry * params.weight_stride];
}

// Vector v of the other side's row `column`.
fn fixed_vector(column: u32, v: u32) -> vec4f {
  if (is_paged && column >= params.page_rows) {
    return fixed_1[(column - params.page_rows) * rank_vectors + v];
  }
  return fixed_0[column * rank_vectors + v];
}
