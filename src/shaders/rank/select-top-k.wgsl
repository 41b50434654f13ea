// Selects exactly the k greatest keys of each segment of each query's candidates, ordered by (key descending, row
// ascending).
//
//   candidates  query_count × candidate_count: keys alone (the row is the position), or, if carries_rows is 1, pairs
//               (key, row) in which equal keys are ordered by row. Key 0 is not a candidate. If the first pair of a
//               query has no row (0xffffffff), its key bounds all items that are not listed: smaller keys are ignored.
//   selected    query_count × segment_count × k pairs (key, row), best first, or rows ascending if by_row is 1;
//               unfilled places are (0, 0xffffffff)
//
// One workgroup takes one segment of segment_length candidates. It finds the k-th greatest key by a radix select, eight
// bits per pass from the most significant; gathers all greater keys and the first of the equal ones; and sorts them by
// a bitonic network in workgroup memory. Segments follow the order of the rows and each list is sorted, so equal keys
// of the output are again ordered by row: run on its own output, the kernel merges segments.
//
// Invocations gather greater keys into places in no fixed order; the sort over unique (key, row) pairs makes the result
// the same every time.

struct Params {
  query_count: u32,
  candidate_count: u32,
  carries_rows: u32,
  segment_length: u32,
  segment_count: u32,
  k: u32,
  // The least power of two ≥ k.
  sort_length: u32,
  by_row: u32,
}

// A multiple of 16.
override workgroup_size: u32;
const CAPACITY = 1024;
const BIN_COUNT = 256u;
const GROUP = 16u;
const NO_ROW = 0xffffffffu;

@group(0) @binding(0) var<storage, read> candidates: array<u32>;
@group(0) @binding(1) var<storage, read_write> selected: array<vec2u>;
@group(0) @binding(2) var<uniform> params: Params;

struct Selection {
  // All keys above it are taken.
  bound: u32,
  // How many of the keys equal to it are taken; the first ones are.
  ties: u32,
  // Places still open at this radix level.
  open: u32,
  is_final: u32,
}

var<workgroup> histogram: array<atomic<u32>, BIN_COUNT>;
var<workgroup> group_sums: array<u32, GROUP>;
var<workgroup> tie_counts: array<u32, workgroup_size>;
var<workgroup> selection: Selection;
var<workgroup> gathered: atomic<u32>;
var<workgroup> sorted_keys: array<u32, CAPACITY>;
var<workgroup> sorted_rows: array<u32, CAPACITY>;

fn key_at(position: u32) -> u32 {
  return candidates[position << params.carries_rows];
}

fn row_at(base: u32, position: u32) -> u32 {
  if (params.carries_rows != 0u) {
    return candidates[2u * (base + position) + 1u];
  }
  return position;
}

// Finds the bin with the k-th greatest key, counting from the greatest bin down, and narrows the selection to that bin.
fn choose_bin(shift: u32) {
  var open = selection.open;
  var group = GROUP;
  while (group > 1u && group_sums[group - 1u] < open) {
    group -= 1u;
    open -= group_sums[group];
  }
  var bin = group * GROUP;
  var count = 0u;
  loop {
    bin -= 1u;
    count = atomicLoad(&histogram[bin]);
    if (count >= open || bin % GROUP == 0u) {
      break;
    }
    open -= count;
  }
  let lowest = selection.bound | (bin << shift);
  if (count <= open) {
    // The whole bin is taken. (count < open: there are fewer candidates than places.)
    selection.bound = max(lowest, 1u) - 1u;
    selection.ties = 0u;
    selection.is_final = 1u;
  } else {
    selection.bound = lowest;
    selection.ties = open;
    selection.is_final = select(0u, 1u, shift == 0u);
  }
  selection.open = open;
}

fn stands_before(key: u32, row: u32, other_key: u32, other_row: u32) -> bool {
  let is_tie = key == other_key || params.by_row != 0u;
  return select(key > other_key, row < other_row, is_tie);
}

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let group_index = group.y * groups.x + group.x;
  let query = group_index / params.segment_count;
  let segment = group_index % params.segment_count;
  if (query >= params.query_count) {
    return;
  }
  let base = query * params.candidate_count;
  let start = segment * params.segment_length;
  let end = min(start + params.segment_length, params.candidate_count);
  var floor_key = 1u;
  if (params.carries_rows != 0u && candidates[2u * base + 1u] == NO_ROW) {
    floor_key = max(1u, candidates[2u * base]);
  }

  if (local == 0u) {
    selection = Selection(0u, 0u, params.k, 0u);
    atomicStore(&gathered, 0u);
  }
  for (var place = local; place < params.sort_length; place += workgroup_size) {
    sorted_keys[place] = 0u;
    sorted_rows[place] = NO_ROW;
  }

  for (var pass_number = 0u; pass_number < 4u; pass_number++) {
    let shift = 24u - 8u * pass_number;
    // Waits for choose_bin of the previous pass, which reads the histogram.
    let current = workgroupUniformLoad(&selection);
    if (current.is_final != 0u) {
      break;
    }
    for (var bin = local; bin < BIN_COUNT; bin += workgroup_size) {
      atomicStore(&histogram[bin], 0u);
    }
    // All bins are empty.
    workgroupBarrier();
    // Bits above this level that a key must share with the bound; none at the first level.
    let decided = select(~0u << (shift + 8u), 0u, pass_number == 0u);
    for (var position = start + local; position < end; position += workgroup_size) {
      let key = key_at(base + position);
      if (key >= floor_key && ((key ^ current.bound) & decided) == 0u) {
        atomicAdd(&histogram[(key >> shift) & 255u], 1u);
      }
    }
    // All keys are counted.
    workgroupBarrier();
    if (local < GROUP) {
      var sum = 0u;
      for (var bin = 0u; bin < GROUP; bin++) {
        sum += atomicLoad(&histogram[local * GROUP + bin]);
      }
      group_sums[local] = sum;
    }
    // All group sums are written.
    workgroupBarrier();
    if (local == 0u) {
      choose_bin(shift);
    }
  }

  let chosen = workgroupUniformLoad(&selection);
  // Each invocation takes consecutive positions, so that ties are counted in order.
  let share = (end - start + workgroup_size - 1u) / workgroup_size;
  let first = start + local * share;
  let last = min(first + share, end);
  var ties_here = 0u;
  for (var position = first; position < last; position++) {
    let key = key_at(base + position);
    if (key > chosen.bound && key >= floor_key) {
      let place = atomicAdd(&gathered, 1u);
      sorted_keys[place] = key;
      sorted_rows[place] = row_at(base, position);
    } else if (key == chosen.bound) {
      ties_here += 1u;
    }
  }
  if (chosen.ties > 0u) {
    tie_counts[local] = ties_here;
    // All tie counts are written.
    workgroupBarrier();
    if (local < workgroup_size / GROUP) {
      var sum = 0u;
      for (var n = 0u; n < GROUP; n++) {
        sum += tie_counts[local * GROUP + n];
      }
      group_sums[local] = sum;
    }
    // All group sums are written.
    workgroupBarrier();
    var tie = 0u;
    for (var n = 0u; n < local / GROUP; n++) {
      tie += group_sums[n];
    }
    for (var n = local - local % GROUP; n < local; n++) {
      tie += tie_counts[n];
    }
    let greater_count = params.k - chosen.ties;
    for (var position = first; position < last && tie < chosen.ties; position++) {
      if (key_at(base + position) == chosen.bound) {
        sorted_keys[greater_count + tie] = chosen.bound;
        sorted_rows[greater_count + tie] = row_at(base, position);
        tie += 1u;
      }
    }
  }

  for (var size = 2u; size <= params.sort_length; size <<= 1u) {
    for (var stride = size >> 1u; stride > 0u; stride >>= 1u) {
      // A step reads what other invocations wrote while gathering or in the previous step.
      workgroupBarrier();
      for (var pair = local; pair < params.sort_length / 2u; pair += workgroup_size) {
        let left = 2u * pair - (pair & (stride - 1u));
        let right = left + stride;
        let left_key = sorted_keys[left];
        let left_row = sorted_rows[left];
        let right_key = sorted_keys[right];
        let right_row = sorted_rows[right];
        let in_order = stands_before(left_key, left_row, right_key, right_row);
        if (in_order != ((left & size) == 0u)) {
          sorted_keys[left] = right_key;
          sorted_rows[left] = right_row;
          sorted_keys[right] = left_key;
          sorted_rows[right] = left_row;
        }
      }
    }
  }
  // All exchanges of the last step are visible.
  workgroupBarrier();
  let output = (query * params.segment_count + segment) * params.k;
  for (var place = local; place < params.k; place += workgroup_size) {
    selected[output + place] = vec2u(sorted_keys[place], sorted_rows[place]);
  }
}
