// What kernels that rank have in common. Items are looked at in tiles of 32, one word of a mask each; pages begin at
// whole tiles.
//
//   queries     query_count × B vec4, B = rank / 4 rounded up, padded with zeros
//   scale_bias  one (scale, bias) an item, four an element
//   mask        bit i % 32 of word i / 32 set: item i may not appear; mask_stride words per query, 0: one mask for all
//
// A key is a score as an unsigned integer of the same order: greater score, greater key; −0 and +0 equal. 0 is no
// score's key: that of an item that is masked, is not there, or has no number for a score.

struct Params {
  query_count: u32,
  item_count: u32,
  rank_vectors: u32,
  page_first_row: u32,
  page_row_count: u32,
  has_mask: u32,
  mask_stride: u32,
  // Tiles of each query's list.
  list_length: u32,
  // 1: the keys of the tiles are upper bounds.
  has_bounds: u32,
}

override workgroup_size: u32;
const TILE = 32u;

@group(0) @binding(0) var<storage, read> queries: array<vec4f>;
@group(0) @binding(1) var<storage, read> scale_bias: array<mat4x2f>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
// From 3 on: what the kernel has besides, and as the last its `params: Params`.

// In integers throughout: floating-point shortcuts of a driver may forget the sign of zero.
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

// Bit n set: row n of a tile is masked for the query, or past the end of the page.
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
