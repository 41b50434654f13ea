// output_n = table_{rows_n}          embedding look-up
//
//   rows        row_count row numbers of the table
//   table_page  page_row_count × B vec4: the table's rows page_first_row …; rows of other pages are skipped
//   output      row_count × B vec4
//
// One invocation copies one vec4, so that neighbouring invocations access neighbouring addresses.

struct Params {
  row_count: u32,
  rank_vectors: u32,
  page_first_row: u32,
  page_row_count: u32,
}

override workgroup_size: u32;

@group(0) @binding(0) var<storage, read> rows: array<u32>;
@group(0) @binding(1) var<storage, read> table_page: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let group_index = group.y * groups.x + group.x;
  let place = group_index * workgroup_size + local;
  if (place >= params.row_count * params.rank_vectors) {
    return;
  }
  let row = rows[place / params.rank_vectors] - params.page_first_row;
  if (row < params.page_row_count) {
    output[place] = table_page[row * params.rank_vectors + place % params.rank_vectors];
  }
}
