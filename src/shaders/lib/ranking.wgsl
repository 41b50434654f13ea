// Shared by the ranking kernels. Items are processed in tiles of 32, one mask word per tile. Every page begins at a
// tile boundary.
//
//   queries     query_count × B vec4, B = rank / 4 rounded up, padded with zeros
//   scale_bias  one (scale, bias) per item, four per array element
//   mask        item i is excluded if bit i % 32 of word i / 32 is set; mask_stride words per query, 0: all share one
//
// A key is a score as an unsigned integer in the same order: the greater the score, the greater the key; −0 and +0 have
// equal keys. Key 0 means no score: the item is masked, does not exist, or its score is NaN.

struct Params {
  query_count: u32,
  item_count: u32,
  rank_vectors: u32,
  page_first_row: u32,
  page_row_count: u32,
  has_mask: u32,
  mask_stride: u32,
  // Tiles in each query's list.
  list_length: u32,
  // 1: the keys of the tiles are upper bounds.
  has_bounds: u32,
}

override workgroup_size: u32;
const TILE = 32u;

@group(0) @binding(0) var<storage, read> queries: array<vec4f>;
@group(0) @binding(1) var<storage, read> scale_bias: array<mat4x2f>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
// From binding 3 on each kernel declares its own; the last is `params: Params`.

// Uses integers only: a driver's floating-point shortcuts may lose the sign of zero. NaN gets the key `no_number`.
fn key_of(score: f32, no_number: u32) -> u32 {
  var bits = bitcast<u32>(score);
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return no_number;
  }
  if (magnitude == 0u) {
    bits = 0u;
  }
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}

// A word whose bit n is set if row n of the tile is masked for the query or past the end of the page.
fn left_out(query: u32, page_tile: u32) -> u32 {
  let count = params.page_row_count - page_tile * TILE;
  var word = select(0u, ~0u << (count % TILE), count < TILE);
  if (params.has_mask != 0u) {
    word |= mask[query * params.mask_stride + params.page_first_row / TILE + page_tile];
  }
  return word;
}

fn without(key: u32, word: u32, bit: u32) -> u32 {
  return select(key, 0u, ((word >> bit) & 1u) != 0u);
}
