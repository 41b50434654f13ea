/** Grows the memory to at least `byteLength` bytes, above 0; where there are not so many it stays as it is. */
export function reserve(byteLength: usize): void {
  const missing = <i32>(((byteLength - 1) >>> 16) + 1) - memory.size();
  if (missing > 0) memory.grow(missing);
}
