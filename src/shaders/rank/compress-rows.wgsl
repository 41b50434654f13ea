// Eight-bit codes c of every row y of a page, their scale s = max |y|, and a bound E of the error of products with
// them:
//
//   |fl(x · y) − fl(s (x · c))| ≤ |x| E          fl: as computed in single precision
//   E = |y − s c| + (|y| + |y − s c| + 2 s √rank) (rank + 32) 2⁻²² + 1e-17
//
// The first term is Cauchy–Schwarz. The second covers the rounding of both sums, of c and of |y − s c|; its 2 s √rank
// is there because the sum over the codes has terms of up to 2 |x_d|, from which an offset is subtracted again. The
// third covers products that underflow single precision.
//
//   items_page  page_row_count × B vec4
//   codes_page  for each tile of 32 rows C = B / 4 rounded up panels, each with sixteen codes (a vec4) per row:
//               c = code / 127, four codes per word, the lower three stored as code + 128
//   row_bounds  (s, E) per row; E = −1 if a number of the row is NaN or too large for this bound
//
// One invocation per row.

struct Params {
  rank_vectors: u32,
  page_row_count: u32,
}

override workgroup_size: u32;
const TILE = 32u;

@group(0) @binding(0) var<storage, read> items_page: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> codes_page: array<u32>;
@group(0) @binding(2) var<storage, read_write> row_bounds: array<vec2f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = (group.y * groups.x + group.x) * workgroup_size + local;
  if (row >= params.page_row_count) {
    return;
  }
  let blocks = params.rank_vectors;
  let panels = (blocks + 3u) / 4u;
  var largest = 0.0;
  var is_small = true;
  for (var block = 0u; block < blocks; block++) {
    let y = abs(items_page[row * blocks + block]);
    largest = max(largest, max(max(y.x, y.y), max(y.z, y.w)));
    // Compares bits, because a driver may ignore NaN in comparisons: the bits of NaN are above those of any number.
    is_small = is_small && all(bitcast<vec4u>(y) <= vec4u(bitcast<u32>(1e14f)));
  }
  let inverse = select(0.0, 1.0 / largest, largest >= 1e-15);
  var norm = 0.0;
  var rest = 0.0;
  for (var word = 0u; word < 4u * panels; word++) {
    var code = 0u;
    if (word < blocks && is_small) {
      let y = items_page[row * blocks + word];
      code = pack4x8snorm(y * inverse);
      let error = y - largest * unpack4x8snorm(code);
      norm += dot(y, y);
      rest += dot(error, error);
    }
    let panel = row / TILE * panels + word / 4u;
    codes_page[(panel * TILE + row % TILE) * 4u + word % 4u] = code ^ 0x808080u;
  }
  rest = sqrt(rest) * 1.001;
  let rank = f32(4u * blocks);
  let rounded = sqrt(norm) * 1.001 + rest + 2.0 * largest * sqrt(rank);
  let error = rest + rounded * (rank + 32.0) * 2.4e-7 + 1e-17;
  row_bounds[row] = vec2f(largest, select(-1.0, error, is_small));
}
