import { expect, test } from 'vitest';
import { BufferScope } from '../../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../../src/gpu/command-batch.ts';
import type { GpuLimits } from '../../../../src/gpu/device.ts';
import { readBuffers } from '../../../../src/gpu/read-back.ts';
import { encodeCompressRows } from '../../../../src/shaders/rank/compress-rows.ts';
import { randomNumbers } from '../../../support/synthetic.ts';
import { validated } from '../../../support/validated-gpu.ts';

interface Compressed {
  /** s c of each row: what is left of y. */
  readonly decoded: Float64Array;
  /** (s, E) of each row. */
  readonly bounds: Float32Array;
  /** The bytes of the page as they lie. */
  readonly codes: Uint8Array;
}

/** The codes of `rows`, read as `compress-rows.wgsl` says that they lie; `rank` is a multiple of 4. */
function compress(rows: Float32Array, rank: number, limits: Partial<GpuLimits> = {}): Promise<Compressed> {
  return validated(async (gpu) => {
    const rowCount = rows.length / rank;
    const rankVectors = rank / 4;
    using buffers = new BufferScope(gpu, 'test');
    using commands = new CommandBatch(gpu, 'test');
    const page = { buffer: buffers.upload('page', rows), firstRow: 0, rowCount };
    const { codes } = encodeCompressRows(commands, { page, rankVectors, buffers });
    commands.submit();
    const [codeBytes, boundBytes] = await readBuffers(gpu, [codes.codes_page, codes.row_bounds]);
    const bytes = new Uint8Array(codeBytes!);
    const bounds = new Float32Array(boundBytes!);
    const panels = Math.ceil(rank / 16);
    const decoded = new Float64Array(rows.length);
    for (let row = 0; row < rowCount; row++) {
      for (let place = 0; place < rank; place++) {
        const panel = Math.floor(row / 32) * panels + Math.floor(place / 16);
        const byte = bytes[(panel * 32 + (row % 32)) * 16 + (place % 16)]!;
        // The lower three codes of a word are unsigned, 128 more than they mean; the highest has its sign.
        const code = place % 4 === 3 ? (byte << 24) >> 24 : byte - 128;
        decoded[row * rank + place] = (bounds[2 * row]! * code) / 127;
      }
    }
    return { decoded, bounds, codes: bytes };
  }, limits);
}

const norm = (numbers: ArrayLike<number>): number => Math.hypot(...Array.from(numbers));

const sizes = [1, 31, 32, 33, 63, 64, 65, 1001];

for (const rank of [4, 16, 20, 64, 256]) {
  test.each(sizes)(
    `%i rows at rank ${rank}: s is the largest, and the codes are as near as E says`,
    async (rowCount) => {
      const rows = randomNumbers(rowCount * rank, { seed: rowCount + rank });
      const { decoded, bounds } = await compress(rows, rank);
      for (let row = 0; row < rowCount; row++) {
        const y = rows.subarray(row * rank, (row + 1) * rank);
        const [scale, error] = bounds.subarray(2 * row);
        expect(scale).toBe(Math.max(...y.map(Math.abs)));
        const rest = norm(Float64Array.from(y, (value, place) => value - decoded[row * rank + place]!));
        // Each number is off by at most half a step of s / 127.
        expect(rest).toBeLessThan(((scale! * 0.5001) / 127) * Math.sqrt(rank));
        // E is |y − s c| and what sums may round, (|y| + |y − s c| + 2 s √rank) (rank + 32) 2⁻²²: no less, little more.
        const rounding = (norm(y) + rest + 2 * scale! * Math.sqrt(rank)) * (rank + 32) * 2 ** -22;
        expect(error).toBeGreaterThan(rest + rounding);
        expect(error).toBeLessThan(1.01 * (rest + rounding) + 2e-17);
      }
    },
  );
}

test('a row of zeros has codes of zero, and places past the rank too', async () => {
  const { decoded, bounds, codes } = await compress(new Float32Array(4), 4);
  expect([...decoded]).toEqual([0, 0, 0, 0]);
  expect(bounds[0]).toBe(0);
  expect(bounds[1]).toBeGreaterThan(0);
  // The other words of the row's panel.
  expect([...codes.subarray(4, 16)]).toEqual(Array.from({ length: 3 }, () => [128, 128, 128, 0]).flat());
});

test.each([Number.NaN, Infinity, -Infinity, 1e20])(
  'a row with %f has no bound, the others have theirs',
  async (wrong) => {
    const rows = randomNumbers(40 * 8, { seed: 2 });
    const plain = await compress(rows, 8);
    rows[33 * 8 + 5] = wrong;
    const { bounds } = await compress(rows, 8);
    for (let row = 0; row < 40; row++) {
      if (row === 33) expect(bounds[2 * row + 1]).toBe(-1);
      else expect(bounds.subarray(2 * row, 2 * row + 2)).toEqual(plain.bounds.subarray(2 * row, 2 * row + 2));
    }
  },
);

test('rows past the end have no bound, and a grid of several rows changes no bit', async () => {
  const rows = randomNumbers(325 * 4, { seed: 6 });
  const { bounds, codes } = await compress(rows, 4);
  // Whole tiles: 352 rows, of which the last 27 are not there. E = 0 is no bound either.
  expect(bounds).toHaveLength(2 * 352);
  expect(bounds.subarray(2 * 325).every((value) => value === 0)).toBe(true);
  const gridded = await compress(rows, 4, { maxComputeWorkgroupsPerDimension: 3 });
  expect(gridded.bounds).toEqual(bounds);
  expect(gridded.codes).toEqual(codes);
});
