import { expect, test } from 'vitest';
import { BufferScope } from '../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../src/gpu/command-batch.ts';
import { readBuffers } from '../../../src/gpu/read-back.ts';
import { packRows } from '../../../src/shaders/rows/pack-rows.ts';
import { randomNumbers } from '../../support/synthetic.ts';
import { validated } from '../../support/validated-gpu.ts';

/** The float16 of each number, as its bits. */
function pack(numbers: Float32Array): Promise<Uint16Array> {
  return validated(async (gpu) => {
    using buffers = new BufferScope(gpu, 'test');
    const packed = buffers.create('packed', 2 * numbers.length);
    const commands = new CommandBatch(gpu, 'test');
    packRows.encode(commands, {
      buffers: { factors: buffers.upload('factors', numbers), packed },
      params: { vector_count: numbers.length / 4 },
      overrides: { workgroup_size: 8 },
      workgroups: Math.ceil(numbers.length / 4 / 8),
    });
    commands.submit();
    const [bytes] = await readBuffers(gpu, [{ buffer: packed, size: 2 * numbers.length }]);
    return new Uint16Array(bytes!);
  });
}

/** What the bits of a float16 stand for. */
function valueOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

test('normal numbers go to the nearest float16, those halfway to the even one', async () => {
  const step = 2 ** -10;
  const numbers = Float32Array.of(1, -1, 0.5, 3, 1 + step, 1 + 0.49 * step, 1 + 0.51 * step, -(1 + 0.51 * step));
  expect(Array.from(await pack(numbers), valueOf)).toEqual([1, -1, 0.5, 3, 1 + step, 1, 1 + step, -(1 + step)]);
  const halfway = Float32Array.of(1 + step / 2, 1 + 1.5 * step, -(1 + 2.5 * step), 2 - step / 2);
  expect(Array.from(await pack(halfway), valueOf)).toEqual([1, 1 + 2 * step, -(1 + 2 * step), 2]);
});

test('factors of every size are off by at most half a step', async () => {
  const numbers = randomNumbers(4 * 257, { seed: 5 }).map((number, place) => number * 2 ** (-place % 13));
  for (const [place, bits] of (await pack(numbers)).entries()) {
    const number = numbers[place]!;
    const step = 2 ** (Math.floor(Math.log2(Math.abs(number))) - 10);
    if (Math.abs(number) > 2 ** -14) expect(Math.abs(valueOf(bits) - number)).toBeLessThanOrEqual(step / 2);
  }
});

test('what is too large becomes the largest, what is too small next to nothing', async () => {
  const numbers = Float32Array.of(70_000, -1e30, 65_504, 65_520, 1e-9, -1e-9, 0, -0);
  const values = Array.from(await pack(numbers), valueOf);
  expect(values.slice(0, 4)).toEqual([65_504, -65_504, 65_504, 65_504]);
  for (const value of values.slice(4)) expect(Math.abs(value)).toBeLessThanOrEqual(2 ** -24);
});
