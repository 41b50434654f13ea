import { CorruptModelError } from '../errors.ts';

/** The element types that a pack may hold. */
export const tensorTypes = { F32: Float32Array, U32: Uint32Array } as const;
/** `F32` or `U32`. */
export type TensorType = keyof typeof tensorTypes;

/** One named array of a safetensors file. */
export interface Tensor {
  readonly shape: readonly number[];
  /** The elements, row-major; as many as the product of `shape`. */
  readonly values: Float32Array | Uint32Array;
}

/** The longest header that is accepted: the format's own limit. */
const maxHeaderLength = 100_000_000;

/**
 * Writes named arrays as a safetensors file: an 8-byte little-endian header length, a JSON header padded with spaces
 * to a multiple of eight bytes, then the arrays one after another in little-endian order, which all browsers use.
 * Format: https://huggingface.co/docs/safetensors
 */
export function writeSafetensors(tensors: Readonly<Record<string, Tensor>>): Uint8Array {
  const header: Record<string, { dtype: TensorType; shape: readonly number[]; data_offsets: [number, number] }> = {};
  let end = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    header[name] = {
      dtype: values instanceof Float32Array ? 'F32' : 'U32',
      shape,
      data_offsets: [end, end + values.byteLength],
    };
    end += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + end);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  file.set(json, 8);
  file.fill(0x20, 8 + json.length, 8 + headerLength);
  let offset = 8 + headerLength;
  for (const { values } of Object.values(tensors)) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return file;
}

/**
 * Reads a safetensors file. It checks everything: header length, JSON, types, shapes, and that the offsets cover the
 * data exactly, without holes or overlaps. The arrays are copies.
 *
 * @throws {CorruptModelError} the file is damaged; the message says what is wrong and where
 */
export function readSafetensors(file: Uint8Array): Map<string, Tensor> {
  if (file.byteLength < 8) throw corrupt(`it has ${file.byteLength} bytes, less than a header's length field`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const declared = view.getBigUint64(0, true);
  if (declared > BigInt(maxHeaderLength) || 8 + Number(declared) > file.byteLength) {
    throw corrupt(`its header claims ${declared} bytes of a file of ${file.byteLength}`);
  }
  const headerLength = Number(declared);
  const header = parseHeader(file.subarray(8, 8 + headerLength));
  const dataStart = 8 + headerLength;
  const dataLength = file.byteLength - dataStart;

  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => parseEntry(name, entry))
    .sort((left, right) => left.start - right.start || left.end - right.end);
  const tensors = new Map<string, Tensor>();
  let covered = 0;
  for (const { name, type, shape, start, end } of entries) {
    if (start !== covered) throw corrupt(`tensor ${name} starts at byte ${start}, where ${covered} was expected`);
    if (end > dataLength) {
      throw corrupt(`tensor ${name} ends at byte ${end}, but only ${dataLength} bytes of data are there`);
    }
    covered = end;
    const { buffer } = file.slice(dataStart + start, dataStart + end);
    tensors.set(name, { shape, values: new tensorTypes[type](buffer) });
  }
  if (covered !== dataLength) throw corrupt(`${dataLength - covered} bytes after the last tensor are not part of any`);
  return tensors;
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw corrupt('its header is not JSON', cause);
  }
  if (Object.prototype.toString.call(header) !== '[object Object]') throw corrupt('its header is not a JSON object');
  return header as Record<string, unknown>;
}

function parseEntry(
  name: string,
  entry: unknown,
): { name: string; type: TensorType; shape: number[]; start: number; end: number } {
  const { dtype, shape, data_offsets: offsets } = Object(entry) as Record<string, unknown>;
  if ((dtype === 'F32' || dtype === 'U32') && isCounts(shape) && isCounts(offsets)) {
    const [start, end] = offsets as [number, number];
    const byteLength = 4 * shape.reduce((product, extent) => product * extent, 1);
    if (offsets.length === 2 && end - start === byteLength) return { name, type: dtype, shape, start, end };
  }
  throw corrupt(
    `tensor ${name} is ${JSON.stringify(entry)}; expected dtype F32 or U32, a shape, and two data_offsets that fit it`,
  );
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
}

function corrupt(what: string, cause?: unknown): CorruptModelError {
  return new CorruptModelError(`The tensor file is damaged: ${what}. Get it again.`, { cause });
}
