/**
 * Parameter structs of kernels, written by field name. Every field is a scalar of 4 bytes, so that they lie one after
 * another in the uniform address space (WGSL specification, "Alignment and Size").
 */

/** The WGSL name of a field's type. */
export type UniformFieldType = 'u32' | 'f32';

/** A struct's fields, in the order of the WGSL struct. */
export type UniformFields = Readonly<Record<string, UniformFieldType>>;

/** A value for each field. */
export type UniformValues<Fields extends UniformFields> = { readonly [Name in keyof Fields]: number };

/** A parameter struct: its fields, and packing by name. */
export interface UniformStruct<Fields extends UniformFields = UniformFields> {
  readonly fields: Fields;
  /**
   * The bytes of the struct, a multiple of 16 so that any binding of it is large enough. The order of `values` does
   * not matter.
   *
   * @throws {Error} naming a field that is missing, or whose type cannot hold its value
   */
  pack(values: UniformValues<Fields>): Uint8Array<ArrayBuffer>;
}

/** Declares a parameter struct; `fields` in the order of the WGSL struct. */
export function uniformStruct<const Fields extends UniformFields>(fields: Fields): UniformStruct<Fields> {
  const types = Object.entries(fields);
  return {
    fields,
    pack(values) {
      const bytes = new Uint8Array(roundUp(4 * types.length, 16));
      const view = new DataView(bytes.buffer);
      for (const [index, [name, type]] of types.entries()) {
        const value = values[name]!;
        const isFloat = type === 'f32';
        if (isFloat ? !Number.isFinite(value) : value >>> 0 !== value) {
          throw new Error(`Internal: parameter ${name} must be a ${type}, got ${value}.`);
        }
        if (isFloat) view.setFloat32(4 * index, value, true);
        else view.setUint32(4 * index, value, true);
      }
      return bytes;
    },
  };
}

/** The least multiple of `multiple` that is not below `value`. */
export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
