/** Types that a field of a kernel's `struct Params` may have: 4-byte scalars. */
export type ParamType = 'u32' | 'f32';

/**
 * Packs a struct whose fields, in this order, are `fields`. The uniform address space stores scalars one after another
 * (WGSL specification, "Alignment and Size"). The length is rounded up to a multiple of 16, the size that a binding of
 * the struct needs. The order of `values` does not matter.
 *
 * @throws {Error} names a field that is missing, or whose type cannot hold its value
 */
export function packParams(
  fields: Readonly<Record<string, ParamType>>,
  values: Readonly<Record<string, number>>,
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(fields);
  const bytes = new Uint8Array(roundUp(4 * entries.length, 16));
  const view = new DataView(bytes.buffer);
  for (const [index, [name, type]] of entries.entries()) {
    const value = values[name]!;
    const isFloat = type === 'f32';
    if (isFloat ? !Number.isFinite(value) : value >>> 0 !== value) {
      throw new Error(`Internal: parameter ${name} must be ${isFloat ? 'an f32' : 'a u32'}, got ${value}.`);
    }
    if (isFloat) view.setFloat32(4 * index, value, true);
    else view.setUint32(4 * index, value, true);
  }
  return bytes;
}

/** Rounds `value` up to a multiple of `multiple`. */
export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
