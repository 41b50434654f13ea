// x_u = (α₀ G + Σ a y yᵀ + λ_u I)⁻¹ Σ b y by conjugate gradient from the current x_u
// (Hestenes, Stiefel 1952; warm start and few steps as Takács, Pilászy, Tikk 2011).
// With is_diagonal, G is diagonal, `gramian` holds its diagonal and α₀ G + λ I is the preconditioner
// (als-cg-diagonal.wgsl).
// One workgroup of 64 invocations ("lanes") per row of any length: the row's entries pass through tiles in workgroup
// memory.
//
// A product A p has two phases per tile, each after one barrier. Scores: `parts` lanes share an entry; each takes every
// parts-th vector of y·p. Sums: lane (v, segment) adds up vector v of the entries segment, segment + segment_count, …,
// while the next tile is loaded. `segment_count` lanes hold shares of one vector until the end of the pass. Every sum
// runs in a fixed order.

const workgroup_size = 64u;

override tile_entries: u32;                           // a power of two, at most 64
override tile_stride: u32 = rank_vectors | 1u;        // odd, so that lanes of neighbouring entries hit different banks
override parts: u32 = workgroup_size / tile_entries;
override segment_count: u32 = workgroup_size / rank_vectors;

override tile_size: u32 = tile_entries * tile_stride;

// Two tiles, used alternately: y and (a, b) of their entries; (a, b) is zero past the row's end.
var<workgroup> tiles: array<vec4f, 2u * tile_size>;
var<workgroup> tile_weights: array<vec2f, 2u * tile_entries>;
var<workgroup> scores: array<f32, workgroup_size>;             // part × entry: share of the entry's weight of y
var<workgroup> shares: array<vec4f, workgroup_size>;           // segment × vector: share of A p
var<workgroup> vector: array<vec4f, rank_vectors>;             // p, or x for the first residual
var<workgroup> terms: array<f32, rank_vectors>;                // a dot product's terms, one per vector
var<workgroup> is_done: u32;

// Loads entries first … first + tile_entries into tile `turn` (0 or 1). Entries past `end` get weight 0; their vectors
// keep their old values.
fn load_tile(lane: u32, first: u32, end: u32, turn: u32) {
  let count = min(tile_entries, end - first);
  for (var index = lane; index < count * rank_vectors; index += workgroup_size) {
    let entry = index / rank_vectors;
    let v = index % rank_vectors;
    tiles[turn * tile_size + entry * tile_stride + v] = fixed_vector(columns[first + entry], v);
  }
  if (lane < tile_entries) {
    tile_weights[turn * tile_entries + lane] = select(vec2f(), entry_weights(min(first + lane, end - 1u)), lane < count);
  }
}

// Vector `lane` of  sign (α₀ G + λ I + Σ a y yᵀ) vector + bias Σ b y; the result of lanes from rank_vectors on is
// meaningless. `is_loaded`: the tiles already hold the whole row. Must be called in uniform control flow.
fn apply(lane: u32, equation: RowEquation, sign: f32, bias: f32, is_loaded: bool) -> vec4f {
  let v = lane % rank_vectors;
  let segment = lane / rank_vectors;
  let has_share = segment < segment_count;
  var share = vec4f();
  if (has_share && !is_diagonal && params.alpha0 != 0) {
    for (var j = segment; j < 4u * rank_vectors; j += segment_count) {
      share += vector[j / 4u][j % 4u] * gramian[j * rank_vectors + v];
    }
    share *= sign * params.alpha0;
  }
  let end = equation.end_entry;
  if (!is_loaded) {
    load_tile(lane, equation.first_entry, end, 0u);
  }
  var turn = 0u;
  for (var first = equation.first_entry; first < end; first += tile_entries) {
    workgroupBarrier(); // this tile and `vector` are complete, the previous tile's scores have been read
    let count = min(tile_entries, end - first);
    let tile = turn * tile_size;
    let entry = lane % tile_entries;
    let part = lane / tile_entries;
    if (entry < count) {
      var sum = 0.0;
      for (var u = part; u < rank_vectors; u += parts) {
        sum += dot(tiles[tile + entry * tile_stride + u], vector[u]);
      }
      let weight = tile_weights[turn * tile_entries + entry];
      scores[lane] = sign * weight.x * sum + select(0.0, bias * weight.y, part == 0u);
    }
    workgroupBarrier(); // scores are complete, the previous tile has been added up
    turn = 1u - turn;
    if (!is_loaded && first + tile_entries < end) {
      load_tile(lane, first + tile_entries, end, turn);
    }
    if (has_share) {
      for (var e = segment; e < count; e += segment_count) {
        var score = scores[e];
        for (var p = 1u; p < parts; p++) {
          score += scores[p * tile_entries + e];
        }
        share += score * tiles[tile + e * tile_stride + v];
      }
    }
  }
  shares[lane] = share;
  workgroupBarrier(); // shares are complete
  var sum = sign * equation.regularization * vector[v];
  if (is_diagonal) {
    sum += sign * params.alpha0 * gramian[v] * vector[v];
  }
  for (var s = 0u; s < segment_count; s++) {
    sum += shares[s * rank_vectors + v];
  }
  return sum;
}

// Σ left·right over the lanes below rank_vectors; the same value in every lane. Must be called in uniform control flow.
fn dot_product(lane: u32, left: vec4f, right: vec4f) -> f32 {
  workgroupBarrier(); // the previous product's terms, `vector` and `shares` have been read
  if (lane < rank_vectors) {
    terms[lane] = dot(left, right);
  }
  workgroupBarrier(); // terms are complete
  var sum = 0.0;
  for (var v = 0u; v < rank_vectors; v++) {
    sum += terms[v];
  }
  return sum;
}

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = group.y * groups.x + group.x;
  if (index >= params.row_count) {
    return;
  }
  let equation = rows[index];
  let at = equation.row * rank_vectors + lane;
  let is_owner = lane < rank_vectors;
  if (equation.first_entry == equation.end_entry) {
    if (is_owner) {
      factors[at] = vec4f();
    }
    return;
  }

  // A row that fits into the two tiles is loaded once for all passes.
  let fits = equation.end_entry - equation.first_entry <= 2u * tile_entries;
  if (fits) {
    load_tile(lane, equation.first_entry, equation.end_entry, 0u);
    if (equation.first_entry + tile_entries < equation.end_entry) {
      load_tile(lane, equation.first_entry + tile_entries, equation.end_entry, 1u);
    }
  }
  var x = vec4f();
  if (is_owner) {
    x = factors[at];
    vector[lane] = x;
  }
  workgroupBarrier(); // vector is complete
  var residual = apply(lane, equation, -1, 1, fits);
  let inverse = preconditioner(equation, lane % rank_vectors);
  var direction = inverse * residual;
  var squared = dot_product(lane, direction, residual);
  let enough = enough_of(squared);
  for (var step = 0u; step < params.steps; step++) {
    // Every lane has the same value, but the uniformity analysis accepts it only through workgroup memory.
    if (lane == 0u) {
      is_done = u32(squared < enough);
    }
    if (is_owner) {
      vector[lane] = direction;
    }
    if (workgroupUniformLoad(&is_done) != 0u) {
      break;
    }
    let image = apply(lane, equation, 1, 0, fits);
    let curvature = dot_product(lane, direction, image);
    // A curvature of 0 means that A is singular (λ = 0, and no a > 0): x stays as it is.
    let length = select(0.0, squared / curvature, curvature > 0);
    x += length * direction;
    residual -= length * image;
    let next = dot_product(lane, inverse * residual, residual);
    direction = inverse * residual + (next / squared) * direction;
    squared = next;
  }
  if (is_owner) {
    factors[at] = x;
  }
}
