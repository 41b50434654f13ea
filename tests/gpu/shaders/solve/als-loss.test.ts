import { expect, test } from 'vitest';
import { padRows } from '../../../../src/backends/padded-rows.ts';
import { BufferScope } from '../../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../../src/gpu/command-batch.ts';
import { alsLoss, alsLossWorkgroups } from '../../../../src/shaders/solve/als-loss.ts';
import { readFloats } from '../../../support/read-floats.ts';
import { randomNumbers, uniform } from '../../../support/synthetic.ts';
import { validated } from '../../../support/validated-gpu.ts';

interface Equation {
  readonly row: number;
  readonly firstEntry: number;
  readonly endEntry: number;
  readonly regularization: number;
}

interface LossInput {
  readonly rank: number;
  readonly equations: readonly Equation[];
  readonly columns: Uint32Array;
  /** (a, b) an entry. */
  readonly weights: Float32Array;
  readonly fixed: Float32Array;
  readonly factors: Float32Array;
  readonly pageRows?: number;
}

/** One partial an equation; the place after the last stays NaN. */
function partialsOnGpu(input: LossInput): Promise<Float32Array> {
  return validated(async (gpu) => {
    const { rank, equations, columns, weights, fixed, factors, pageRows } = input;
    using buffers = new BufferScope(gpu, 'test');
    const rows = new Uint32Array(4 * equations.length);
    const rowFloats = new Float32Array(rows.buffer);
    for (const [place, { row, firstEntry, endEntry, regularization }] of equations.entries()) {
      rows.set([row, firstEntry, endEntry], 4 * place);
      rowFloats[4 * place + 3] = regularization;
    }
    const columnCount = fixed.length / rank;
    const first = pageRows ?? columnCount;
    const upload = (name: string, range: { from: Float32Array; firstRow: number; rowCount: number }): GPUBuffer =>
      buffers.upload(name, padRows(range.from, { factors: rank, ...range }));
    const partials = buffers.upload('partials', new Float32Array(equations.length + 1).fill(Number.NaN));
    const commands = new CommandBatch(gpu, 'test');
    alsLoss.encode(commands, {
      buffers: {
        rows: buffers.upload('rows', rows),
        columns: buffers.upload('columns', columns),
        weights: buffers.upload('weights', weights),
        fixed_0: upload('fixed 0', { from: fixed, firstRow: 0, rowCount: first }),
        fixed_1: upload('fixed 1', { from: fixed, firstRow: first, rowCount: columnCount - first }),
        factors: upload('factors', { from: factors, firstRow: 0, rowCount: factors.length / rank }),
        partials,
      },
      params: { row_count: equations.length, page_rows: first, weight_stride: 1, counts_entries: 1 },
      overrides: { rank_vectors: Math.ceil(rank / 4), is_paged: pageRows !== undefined, workgroup_size: 8 },
      workgroups: alsLossWorkgroups(equations.length, 8),
    });
    commands.submit();
    const values = await readFloats(gpu, { buffer: partials, size: 4 * (equations.length + 1) });
    expect(values.at(-1)).toBeNaN();
    return values.subarray(0, equations.length);
  });
}

test('by hand: a s² − 2 b s and λ |x|²', async () => {
  const partials = await partialsOnGpu({
    rank: 2,
    // x_0 = (1, 2), x_1 = (3, 0); y_0 = (1, 1), y_1 = (0, −1)
    factors: Float32Array.of(1, 2, 3, 0),
    fixed: Float32Array.of(1, 1, 0, -1),
    columns: Uint32Array.of(0, 1, 0),
    weights: Float32Array.of(2, 3, 0, 1, 1, 0),
    equations: [
      // s = 3 and −2: (2·9 − 6·3) + (0 − 2·1·(−2)) = 4, and ½ · 5
      { row: 0, firstEntry: 0, endEntry: 2, regularization: 0.5 },
      // s = 3: 9; no λ
      { row: 1, firstEntry: 2, endEntry: 3, regularization: 0 },
      // λ alone: 2 · 9
      { row: 1, firstEntry: 0, endEntry: 0, regularization: 2 },
      { row: 0, firstEntry: 3, endEntry: 3, regularization: 0 },
    ],
  });
  expect([...partials]).toEqual([6.5, 9, 18, 0]);
});

test.each([Number.NaN, Infinity, -Infinity])(
  'a row with %d among its factors has no number, λ = 0 or not',
  async (bad) => {
    const equation = { firstEntry: 0, endEntry: 1 };
    const partials = await partialsOnGpu({
      rank: 5,
      factors: Float32Array.of(1, 2, 3, 4, 5, 1, 2, 3, 4, bad, -1e18, 0, 0, 0, 1e-40),
      fixed: Float32Array.of(0, 0, 0, 0, 0),
      columns: Uint32Array.of(0),
      weights: Float32Array.of(1, 1),
      equations: [
        { row: 0, ...equation, regularization: 0 },
        { row: 1, ...equation, regularization: 0 },
        { row: 1, firstEntry: 1, endEntry: 1, regularization: 0.5 },
        { row: 2, ...equation, regularization: 0 },
      ],
    });
    expect([...partials].map(Number.isFinite)).toEqual([true, false, false, true]);
  },
);

for (const rank of [1, 3, 4, 33, 64]) {
  test(`rank ${rank}: every degree, in one page and in two`, async () => {
    const degrees = [0, 1, 2, rank - 1, rank, rank + 1, 255, 256, 257, 512];
    const columnCount = 40;
    const next = uniform(rank);
    const equations: Equation[] = [];
    let entry = 0;
    for (const [row, degree] of degrees.entries()) {
      equations.push({ row, firstEntry: entry, endEntry: entry + degree, regularization: next() });
      entry += degree;
    }
    const scale = 1 / Math.sqrt(rank);
    const input = {
      rank,
      equations,
      columns: Uint32Array.from({ length: entry }, (_, place) => Math.imul(place, 7919) % columnCount),
      weights: randomNumbers(2 * entry, { seed: rank + 1 }),
      fixed: randomNumbers(columnCount * rank, { seed: rank + 2, scale }),
      factors: randomNumbers(degrees.length * rank, { seed: rank + 3, scale }),
    };
    const partials = await partialsOnGpu(input);
    for (const [place, { row, firstEntry, endEntry, regularization }] of equations.entries()) {
      const x = input.factors.subarray(row * rank, (row + 1) * rank);
      let wanted = regularization * x.reduce((sum, value) => sum + value * value, 0);
      for (let at = firstEntry; at < endEntry; at++) {
        const start = input.columns[at]! * rank;
        const score = x.reduce((sum, value, i) => sum + value * input.fixed[start + i]!, 0);
        wanted += input.weights[2 * at]! * score ** 2 - 2 * input.weights[2 * at + 1]! * score;
      }
      // Up to 512 terms below 3, each with a rounding or two of 6e-8 of the sum so far.
      expect(Math.abs(partials[place]! - wanted)).toBeLessThan(1e-4);
    }
    expect(await partialsOnGpu({ ...input, pageRows: 11 })).toEqual(partials);
  });
}
