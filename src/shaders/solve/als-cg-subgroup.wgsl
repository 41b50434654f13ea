// x_u = (α₀ G + Σ a y yᵀ + λ_u I)⁻¹ Σ b y for a diagonal G, by conjugate gradient from the current x_u, preconditioned
// by α₀ G + λ I (als-cg-diagonal.wgsl; `is_diagonal` must be true).
//
// `lanes` neighbouring lanes of a subgroup share a row. No barriers; all vectors are in registers: lane l holds the
// vectors l, l + lanes, …, at most four. Each pass reads an entry's y once: the product y · p is summed across the
// lanes, then each lane adds its part of y times that sum.
// All rows of a subgroup run the same loops, each as often as the longest row needs.

override workgroup_size: u32;
override lanes: u32;        // a power of two, at most the smallest subgroup
override lane_vectors: u32; // rank_vectors / lanes, rounded up; at most 4

// The vectors of one lane. Columns from lane_vectors on are unused; vectors from rank_vectors on stay zero.
alias Part = mat4x4f;

// The sum of `share` over the lanes of a row. Every lane adds in the same order, neighbours first.
fn row_sum(share: f32) -> f32 {
  var sum = share;
  if (lanes > 1u) {
    sum += subgroupShuffleXor(sum, 1u);
  }
  if (lanes > 2u) {
    sum += subgroupShuffleXor(sum, 2u);
  }
  if (lanes > 4u) {
    sum += subgroupShuffleXor(sum, 4u);
  }
  if (lanes > 8u) {
    sum += subgroupShuffleXor(sum, 8u);
  }
  if (lanes > 16u) {
    sum += subgroupShuffleXor(sum, 16u);
  }
  return sum;
}

fn fixed_part(column: u32, lane: u32) -> Part {
  var part = Part();
  part[0] = fixed_vector(column, lane);
  if (lane_vectors > 1u) {
    part[1] = fixed_vector(column, lanes + lane);
  }
  if (lane_vectors > 2u) {
    part[2] = fixed_vector(column, 2u * lanes + lane);
  }
  if (lane_vectors > 3u) {
    part[3] = fixed_vector(column, 3u * lanes + lane);
  }
  return part;
}

fn product(left: Part, right: Part) -> f32 {
  var products = left[0] * right[0];
  if (lane_vectors > 1u) {
    products += left[1] * right[1];
  }
  if (lane_vectors > 2u) {
    products += left[2] * right[2];
  }
  if (lane_vectors > 3u) {
    products += left[3] * right[3];
  }
  return dot(products, vec4f(1));
}

// left + scale right
fn sum_of(left: Part, scale: f32, right: Part) -> Part {
  var sum = Part();
  sum[0] = left[0] + scale * right[0];
  if (lane_vectors > 1u) {
    sum[1] = left[1] + scale * right[1];
  }
  if (lane_vectors > 2u) {
    sum[2] = left[2] + scale * right[2];
  }
  if (lane_vectors > 3u) {
    sum[3] = left[3] + scale * right[3];
  }
  return sum;
}

fn scaled(left: Part, right: Part) -> Part {
  return Part(left[0] * right[0], left[1] * right[1], left[2] * right[2], left[3] * right[3]);
}

// `left` with zeros from rank_vectors on, where `fixed_part` has loaded whatever follows the row in memory.
fn trimmed(left: Part, lane: u32) -> Part {
  var part = left;
  if ((lane_vectors - 1u) * lanes + lane >= rank_vectors) {
    part[lane_vectors - 1u] = vec4f();
  }
  return part;
}

struct Row {
  equation: RowEquation,
  lane: u32,       // this lane's number within the row
  first_lane: u32, // the row's first lane within the subgroup
  longest: u32,    // entries of the subgroup's longest row
  diagonal: Part,  // α₀ G + λ I
}

// sign (α₀ G + λ I + Σ a y yᵀ) vector + bias Σ b y, in one pass over the row's entries.
fn apply(row: Row, sign: f32, bias: f32, vector: Part) -> Part {
  let end = row.equation.end_entry;
  var sum = sum_of(Part(), sign, scaled(row.diagonal, vector));
  for (var first = 0u; first < row.longest; first += lanes) {
    // Each lane loads the column and weights of one entry for all lanes; past the row's end the weights are zero.
    let entry = row.equation.first_entry + first + row.lane;
    let column = columns[min(entry, max(end, 1u) - 1u)];
    let weight = select(vec2f(), entry_weights(min(entry, max(end, 1u) - 1u)), entry < end);
    let last = row.first_lane + min(lanes, row.longest - first);
    for (var e = row.first_lane; e < last; e++) {
      let y = fixed_part(subgroupShuffle(column, e), row.lane);
      let score = sign * subgroupShuffle(weight.x, e) * row_sum(product(y, vector));
      sum = sum_of(sum, score + bias * subgroupShuffle(weight.y, e), y);
    }
  }
  return trimmed(sum, row.lane);
}

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) subgroup_lane: u32,
) {
  let index = ((group.y * groups.x + group.x) * workgroup_size + local) / lanes;
  let lane = subgroup_lane % lanes;
  // Lanes without a row act as a row without entries, because subgroup operations need them.
  let has_row = index < params.row_count;
  var row = Row();
  row.equation = rows[min(index, params.row_count - 1u)];
  if (!has_row) {
    row.equation.end_entry = row.equation.first_entry;
  }
  row.lane = lane;
  row.first_lane = subgroup_lane - lane;
  row.longest = subgroupMax(row.equation.end_entry - row.equation.first_entry);
  let is_empty = row.equation.first_entry == row.equation.end_entry;
  let start = row.equation.row * rank_vectors;

  var x = Part();
  var inverse = Part();
  for (var s = 0u; s < lane_vectors; s++) {
    let v = s * lanes + lane;
    if (v < rank_vectors) {
      if (!is_empty) {
        x[s] = factors[start + v];
      }
      row.diagonal[s] = params.alpha0 * gramian[v] + row.equation.regularization;
      inverse[s] = preconditioner(row.equation, v);
    }
  }
  var residual = apply(row, -1, 1, x);
  var direction = scaled(inverse, residual);
  var squared = row_sum(product(direction, residual));
  let enough = enough_of(squared);
  for (var step = 0u; step < params.steps; step++) {
    let is_done = is_empty || squared < enough;
    if (subgroupAll(is_done)) {
      break;
    }
    let image = apply(row, 1, 0, direction);
    let curvature = row_sum(product(direction, image));
    // A curvature of 0 means that A is singular (λ = 0, and no a > 0): x stays as it is.
    let length = select(0.0, squared / curvature, curvature > 0 && !is_done);
    x = sum_of(x, length, direction);
    residual = sum_of(residual, -length, image);
    let preconditioned = scaled(inverse, residual);
    let next = row_sum(product(preconditioned, residual));
    // A row that is done no longer moves; `select` keeps a division by its zero out of the direction.
    direction = sum_of(preconditioned, select(next / squared, 0.0, is_done), direction);
    squared = next;
  }
  for (var s = 0u; s < lane_vectors; s++) {
    let v = s * lanes + lane;
    if (has_row && v < rank_vectors) {
      factors[start + v] = x[s];
    }
  }
}
