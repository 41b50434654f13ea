// sum:   output_n = Σ_e w_e table_{rows_e}                 e from offsets_n to offsets_{n+1}
// mean:  output_n = Σ_e w_e table_{rows_e} / Σ_e w_e       0 where Σ w = 0; an empty bag is 0 in both modes
//
//   offsets     bag_count + 1 positions in rows and weights
//   rows        row numbers of the table
//   weights     one per entry of rows
//   table_page  page_row_count × B vec4: the table's rows page_first_row …; rows of other pages are skipped
//   output      bag_count × B vec4
//
// One dispatch per page of the table: the first writes the output, the others add to it (params.accumulate).
// One invocation computes one vec4 of one bag by a loop over the bag's entries. No barriers.

struct Params {
  bag_count: u32,
  rank_vectors: u32,
  page_first_row: u32,
  page_row_count: u32,
  accumulate: u32,
  is_mean: u32,
}

override workgroup_size: u32;

@group(0) @binding(0) var<storage, read> offsets: array<u32>;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> table_page: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> output: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let group_index = group.y * groups.x + group.x;
  let place = group_index * workgroup_size + local;
  if (place >= params.bag_count * params.rank_vectors) {
    return;
  }
  let bag = place / params.rank_vectors;
  let block = place % params.rank_vectors;
  var sum = vec4f();
  var weight_sum = 0.0;
  for (var entry = offsets[bag]; entry < offsets[bag + 1u]; entry++) {
    let row = rows[entry] - params.page_first_row;
    weight_sum += weights[entry];
    if (row < params.page_row_count) {
      sum += weights[entry] * table_page[row * params.rank_vectors + block];
    }
  }
  if (params.is_mean != 0u) {
    sum = select(sum / weight_sum, vec4f(), weight_sum == 0.0);
  }
  if (params.accumulate != 0u) {
    sum += output[place];
  }
  output[place] = sum;
}
