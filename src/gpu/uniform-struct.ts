/**
 * Parameter structs of kernels, written by field name. A `UniformStruct` lays its fields out as WGSL lays out a
 * struct in the uniform address space (WGSL specification, "Alignment and Size"), in declaration order.
 */

/** WGSL types that a parameter field can have, with their alignment and size in bytes. */
const fieldTypes = {
  u32: { align: 4, byteLength: 4, width: 1 },
  i32: { align: 4, byteLength: 4, width: 1 },
  f32: { align: 4, byteLength: 4, width: 1 },
  vec2u: { align: 8, byteLength: 8, width: 2 },
  vec2f: { align: 8, byteLength: 8, width: 2 },
  vec3u: { align: 16, byteLength: 12, width: 3 },
  vec3f: { align: 16, byteLength: 12, width: 3 },
  vec4u: { align: 16, byteLength: 16, width: 4 },
  vec4f: { align: 16, byteLength: 16, width: 4 },
} as const;

/** The WGSL name of a field's type. */
export type UniformFieldType = keyof typeof fieldTypes;

/** A struct's fields, in the order of the WGSL struct. */
export type UniformFields = Readonly<Record<string, UniformFieldType>>;

/** A value for each field: a number for a scalar, as many numbers as the vector has for a vector. */
export type UniformValues<Fields extends UniformFields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends 'u32' | 'i32' | 'f32' ? number : readonly number[];
};

/** A parameter struct: its fields, their offsets, and packing by name. */
export interface UniformStruct<Fields extends UniformFields = UniformFields> {
  readonly fields: Fields;
  /** Bytes from the start of the struct, by field. */
  readonly offsets: { readonly [Name in keyof Fields]: number };
  /** Whole struct in bytes, a multiple of 16 so that any binding of it is large enough. */
  readonly byteLength: number;
  /**
   * The bytes of the struct. Every field must be given, and nothing else.
   *
   * @throws {Error} naming a missing or unknown field, or a value that its type cannot hold
   */
  pack(values: UniformValues<Fields>): Uint8Array<ArrayBuffer>;
}

/** Declares a parameter struct; the field order is the WGSL order. */
export function uniformStruct<const Fields extends UniformFields>(fields: Fields): UniformStruct<Fields> {
  const names = Object.keys(fields);
  const offsets: Record<string, number> = {};
  let end = 0;
  for (const name of names) {
    const { align, byteLength } = fieldTypes[fields[name]!];
    offsets[name] = roundUp(end, align);
    end = offsets[name] + byteLength;
  }
  const structByteLength = Math.max(16, roundUp(end, 16));

  function pack(values: UniformValues<Fields>): Uint8Array<ArrayBuffer> {
    for (const name of Object.keys(values)) {
      if (!Object.hasOwn(fields, name)) {
        throw new Error(`Internal: parameter ${name} is not a field of the struct (${names.join(', ')}).`);
      }
    }
    const bytes = new Uint8Array(structByteLength);
    const view = new DataView(bytes.buffer);
    for (const name of names) {
      if (!Object.hasOwn(values, name)) throw new Error(`Internal: parameter ${name} is missing.`);
      writeField(view, { name, type: fields[name]!, offset: offsets[name]!, value: values[name]! });
    }
    return bytes;
  }

  return { fields, offsets: offsets as UniformStruct<Fields>['offsets'], byteLength: structByteLength, pack };
}

interface FieldWrite {
  readonly name: string;
  readonly type: UniformFieldType;
  readonly offset: number;
  readonly value: number | readonly number[];
}

function writeField(view: DataView, { name, type, offset, value }: FieldWrite): void {
  const { width } = fieldTypes[type];
  const numbers = typeof value === 'number' ? [value] : value;
  if (numbers.length !== width) {
    throw new Error(`Internal: parameter ${name} is a ${type} and needs ${width} numbers, got ${numbers.length}.`);
  }
  for (const [index, number] of numbers.entries()) {
    const at = offset + 4 * index;
    if (type === 'u32' || type === 'vec2u' || type === 'vec3u' || type === 'vec4u') {
      if (!Number.isInteger(number) || number < 0 || number > 0xffff_ffff) {
        throw new Error(`Internal: parameter ${name} (${type}) must be an integer from 0 to 2³² − 1, got ${number}.`);
      }
      view.setUint32(at, number, true);
    } else if (type === 'i32') {
      if (!Number.isInteger(number) || number < -0x8000_0000 || number > 0x7fff_ffff) {
        throw new Error(`Internal: parameter ${name} (i32) must be an integer from −2³¹ to 2³¹ − 1, got ${number}.`);
      }
      view.setInt32(at, number, true);
    } else {
      if (!Number.isFinite(number)) {
        throw new Error(`Internal: parameter ${name} (${type}) must be finite, got ${number}.`);
      }
      view.setFloat32(at, number, true);
    }
  }
}

/** The smallest multiple of `multiple` that is not below `value`. */
export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
