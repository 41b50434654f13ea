/** Grows the memory to at least `byteLength` > 0 bytes; leaves it as it is if there is not enough memory. */
export function reserve(byteLength: usize): void {
  const missing = <i32>(((byteLength - 1) >>> 16) + 1) - memory.size();
  if (missing > 0) memory.grow(missing);
}
