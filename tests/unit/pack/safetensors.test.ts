import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptModelError } from '../../../src/errors.ts';
import { readSafetensors, writeSafetensors } from '../../../src/pack/safetensors.ts';

const tensors = {
  factors: { shape: [2, 3], values: Float32Array.of(1, -2.5, 3e-20, 0, 5, 6) },
  counts: { shape: [3], values: Uint32Array.of(0, 7, 0xffff_ffff) },
  empty: { shape: [0, 4], values: new Float32Array(0) },
};

test('what was written is read', () => {
  const read = readSafetensors(writeSafetensors(tensors));
  expect(read.size).toBe(3);
  for (const [name, tensor] of Object.entries(tensors)) expect(read.get(name)).toEqual(tensor);
});

test('the layout is the published one: length, padded JSON, little-endian data', () => {
  const file = writeSafetensors({ x: { shape: [2], values: Float32Array.of(1, -2) } });
  const view = new DataView(file.buffer);
  const headerLength = Number(view.getBigUint64(0, true));
  expect(headerLength % 8).toBe(0);
  const header: unknown = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerLength)));
  expect(header).toEqual({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } });
  expect([...file.subarray(8 + headerLength)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
});

test('a file in the middle of a larger buffer, and one with metadata', () => {
  const header = '{"__metadata__":{"by":"someone"},"x":{"dtype":"U32","shape":[1],"data_offsets":[0,4]}}';
  const file = fileOf(header, [9, 0, 0, 0]);
  const larger = new Uint8Array(file.length + 3);
  larger.set(file, 3);
  expect(readSafetensors(larger.subarray(3)).get('x')).toEqual({ shape: [1], values: Uint32Array.of(9) });
});

function fileOf(header: string, data: readonly number[]): Uint8Array {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
}

describe('damaged files are refused, saying what is wrong', () => {
  const entry = (dtype: string, shape: unknown, offsets: unknown): string =>
    JSON.stringify({ x: { dtype, shape, data_offsets: offsets } });
  const bad: [string, Uint8Array, RegExp][] = [
    ['no bytes', new Uint8Array(0), /has 0 bytes/],
    ['a header longer than the file', fileOf('{}', []).subarray(0, 9), /claims 2 bytes of a file of 9/],
    ['a header of 2⁶⁴ bytes', new Uint8Array(16).fill(0xff), /claims 18446744073709551615/],
    ['not JSON', fileOf('{oops', []), /not JSON/],
    ['not UTF-8', fileOf('', [0xff]).fill(1, 0, 1), /not JSON/],
    ['not an object', fileOf('[1]', []), /not a JSON object/],
    ['null', fileOf('null', []), /not a JSON object/],
    ['an entry that is null', fileOf('{"x":null}', []), /tensor x is null/],
    [
      'a type that is not known',
      fileOf(
        entry('F64', [1], [0, 8]),
        Array.from({ length: 8 }, () => 0),
      ),
      /"dtype":"F64"/,
    ],
    ['a shape that is no list', fileOf(entry('F32', 'big', [0, 4]), [0, 0, 0, 0]), /"shape":"big"/],
    ['a negative extent', fileOf(entry('F32', [-1], [0, 4]), [0, 0, 0, 0]), /"shape":\[-1\]/],
    ['three offsets', fileOf(entry('F32', [1], [0, 4, 8]), [0, 0, 0, 0]), /"data_offsets":\[0,4,8\]/],
    [
      'offsets that do not fit the shape',
      fileOf(entry('F32', [2], [0, 4]), [0, 0, 0, 0]),
      /"shape":\[2\],"data_offsets":\[0,4\].*offsets that fit it/,
    ],
    [
      'a hole before the tensor',
      fileOf(
        entry('F32', [1], [4, 8]),
        Array.from({ length: 8 }, () => 0),
      ),
      /starts at byte 4/,
    ],
    ['data cut short', fileOf(entry('F32', [2], [0, 8]), [0, 0, 0, 0]), /ends at byte 8, but only 4/],
    ['bytes left over', fileOf(entry('F32', [1], [0, 4]), [0, 0, 0, 0, 1]), /1 bytes after the last tensor/],
    [
      'tensors that overlap',
      fileOf(
        '{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        Array.from({ length: 8 }, () => 0),
      ),
      /tensor y starts at byte 4, where 8 was expected/,
    ],
  ];
  test.each(bad)('%s', (_, file, message) => {
    expect(() => readSafetensors(file)).toThrow(CorruptModelError);
    expect(() => readSafetensors(file)).toThrow(message);
  });

  test('any cut and any bytes: a typed error or a sound answer, never anything else', () => {
    const whole = writeSafetensors(tensors);
    fc.assert(
      fc.property(
        fc.nat(whole.length),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }),
        (cut, changes) => {
          const file = whole.slice(0, cut);
          for (const [place, value] of changes) if (place < file.length) file[place] = value;
          try {
            for (const { shape, values } of readSafetensors(file).values()) {
              expect(values.length).toBe(shape.reduce((product, extent) => product * extent, 1));
            }
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptModelError);
          }
        },
      ),
      { seed: 5, numRuns: 500 },
    );
  });
});
