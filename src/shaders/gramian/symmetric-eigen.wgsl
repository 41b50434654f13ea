// G = V Λ Vᵀ by Jacobi rotations in round-robin order (Brent, Luk 1985): one round rotates rank / 2 disjoint pairs of
// rows and columns at once; rank − 1 rounds are a sweep over all pairs. One workgroup. Of the two angles that make an
// element zero the smaller is taken. It is applied as p − s (q + τ p) with τ = tan(θ/2) (Rutishauser 1966), whose error
// shrinks with the angle. A nearly diagonal matrix takes few sweeps; pairs whose element is rounding noise are skipped.

// Elements up to this share of the largest diagonal element are rounding noise of the sums in G.
const noise_share = 1e-6;

// Ends the loop if the matrix holds NaN or infinity. Otherwise at most ten sweeps were observed.
const most_sweeps = 16u;

@group(0) @binding(0) var<storage, read_write> gramian: array<f32>; // padded rank × padded rank; overwritten
@group(0) @binding(1) var<storage, read_write> basis: array<f32>;   // V: column j is the eigenvector of values[j]
@group(0) @binding(2) var<storage, read_write> values: array<f32>;  // Λ, clamped at 0, then its largest number

override rank_vectors: u32; // padded rank / 4
override workgroup_size: u32;
override rank: u32 = 4u * rank_vectors;
override pair_count: u32 = 2u * rank_vectors;

// (s, τ) of each pair of the round; (0, 0) for a pair that is skipped.
var<workgroup> turns: array<vec2f, pair_count>;
var<workgroup> turn_count: atomic<u32>;
var<workgroup> is_diagonal: u32;

// Pair `index` of a round, by the circle method: row rank − 1 stays in place, the others move round.
fn pair_of(round: u32, index: u32) -> vec2u {
  if (index == 0u) {
    return vec2u(rank - 1u, round);
  }
  return vec2u((round + index) % (rank - 1u), (round + rank - 1u - index) % (rank - 1u));
}

fn turn_of(pair: vec2u, noise: f32) -> vec2f {
  let off = gramian[place(pair.x, pair.y)];
  if (!(abs(off) > noise)) {
    return vec2f();
  }
  let half = (gramian[pair.y * rank + pair.y] - gramian[pair.x * rank + pair.x]) / (2 * off);
  let tangent = select(1.0, -1.0, half < 0) / (abs(half) + sqrt(1 + half * half));
  let cosine = 1 / sqrt(1 + tangent * tangent);
  let sine = cosine * tangent;
  return vec2f(sine, sine / (1 + cosine));
}

// The rotated pair. p and q may hold elements of several rows or columns.
fn turned(p: vec2f, q: vec2f, turn: vec2f) -> mat2x2f {
  return mat2x2f(p - turn.x * (q + turn.y * p), q + turn.x * (p - turn.y * q));
}

// The index of element (i, j). Only the upper triangle is kept up to date.
fn place(i: u32, j: u32) -> u32 {
  return min(i, j) * rank + max(i, j);
}

// Rotates the four elements of G where the rows of one pair cross the columns of another.
fn turn_block(down: vec2u, across: vec2u, down_turn: vec2f, across_turn: vec2f) {
  let at = vec4u(
    place(down.x, across.x),
    place(down.y, across.x),
    place(down.x, across.y),
    place(down.y, across.y),
  );
  let p = vec2f(gramian[at.x], gramian[at.y]);
  let q = vec2f(gramian[at.z], gramian[at.w]);
  let columns = transpose(turned(p, q, across_turn));
  let rows = turned(columns[0], columns[1], down_turn);
  gramian[at.x] = rows[0].x;
  gramian[at.y] = rows[1].x;
  gramian[at.z] = rows[0].y;
  gramian[at.w] = rows[1].y;
}

// Rotates the elements of G where the rows of a pair cross its own columns.
fn turn_diagonal(pair: vec2u, turn: vec2f) {
  let off = place(pair.x, pair.y);
  let shift = gramian[off] * turn.x / (1 - turn.x * turn.y);
  gramian[pair.x * rank + pair.x] -= shift;
  gramian[pair.y * rank + pair.y] += shift;
  gramian[off] = 0;
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(local_invocation_index) lane: u32) {
  for (var cell = lane; cell < rank * rank; cell += workgroup_size) {
    basis[cell] = select(0.0, 1.0, cell / rank == cell % rank);
  }
  var largest = 0.0;
  for (var i = 0u; i < rank; i++) {
    largest = max(largest, gramian[i * rank + i]);
  }
  let noise = noise_share * largest;
  for (var sweep = 0u; sweep < most_sweeps; sweep++) {
    for (var round = 0u; round < rank - 1u; round++) {
      storageBarrier(); // the previous round is complete
      for (var index = lane; index < pair_count; index += workgroup_size) {
        let turn = turn_of(pair_of(round, index), noise);
        turns[index] = turn;
        if (turn.x != 0) {
          atomicAdd(&turn_count, 1u);
        }
      }
      workgroupBarrier(); // turns are complete
      // All combinations of two pairs: a triangle, folded into pair_count / 2 lines of pair_count + 1.
      for (var cell = lane; cell < pair_count / 2u * (pair_count + 1u); cell += workgroup_size) {
        var down = cell / (pair_count + 1u);
        var step = cell % (pair_count + 1u);
        if (step >= pair_count - down) {
          step -= pair_count - down;
          down = pair_count - 1u - down;
        }
        let down_turn = turns[down];
        let across_turn = turns[down + step];
        if (down_turn.x != 0 || across_turn.x != 0) {
          if (step == 0u) {
            turn_diagonal(pair_of(round, down), down_turn);
          } else {
            turn_block(pair_of(round, down), pair_of(round, down + step), down_turn, across_turn);
          }
        }
      }
      for (var index = lane; index < rank * pair_count; index += workgroup_size) {
        let turn = turns[index % pair_count];
        if (turn.x != 0) {
          let at = index / pair_count * rank + pair_of(round, index % pair_count);
          let p = basis[at.x];
          let q = basis[at.y];
          basis[at.x] = p - turn.x * (q + turn.y * p);
          basis[at.y] = q + turn.x * (p - turn.y * q);
        }
      }
    }
    workgroupBarrier(); // turn_count is complete
    if (lane == 0u) {
      is_diagonal = u32(atomicExchange(&turn_count, 0u) == 0u);
    }
    if (workgroupUniformLoad(&is_diagonal) != 0u) {
      break;
    }
  }
  storageBarrier();
  for (var i = lane; i < rank; i += workgroup_size) {
    values[i] = max(0.0, gramian[i * rank + i]);
  }
  if (lane == 0u) {
    largest = 0;
    for (var i = 0u; i < rank; i++) {
      largest = max(largest, gramian[i * rank + i]);
    }
    values[rank] = largest;
  }
}
