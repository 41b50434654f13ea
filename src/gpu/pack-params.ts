/** A field of a kernel's `struct Params`: a scalar of 4 bytes, u32 unless it is f32. */
export interface ParamField {
  readonly name: string;
  readonly isFloat: boolean;
}

/**
 * The bytes of a struct of scalars, which lie one after another in the uniform address space (WGSL specification,
 * "Alignment and Size"): a multiple of 16, so that any binding of it is large enough. The order of `values` does not
 * matter.
 *
 * @throws {Error} naming a field that is missing, or whose type cannot hold its value
 */
export function packParams(
  fields: readonly ParamField[],
  values: Readonly<Record<string, number>>,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(roundUp(4 * fields.length, 16));
  const view = new DataView(bytes.buffer);
  for (const [index, { name, isFloat }] of fields.entries()) {
    const value = values[name]!;
    if (isFloat ? !Number.isFinite(value) : value >>> 0 !== value) {
      throw new Error(`Internal: parameter ${name} must be ${isFloat ? 'an f32' : 'a u32'}, got ${value}.`);
    }
    if (isFloat) view.setFloat32(4 * index, value, true);
    else view.setUint32(4 * index, value, true);
  }
  return bytes;
}

/** The least multiple of `multiple` that is not below `value`. */
export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
