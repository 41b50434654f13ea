import { expect } from 'vitest';
import { BufferScope } from '../../../src/gpu/buffers.ts';
import { CommandBatch } from '../../../src/gpu/command-batch.ts';
import type { GpuDevice, GpuLimits } from '../../../src/gpu/device.ts';
import type { TablePage } from '../../../src/shaders/rows/table-page.ts';
import { readFloats } from '../read-floats.ts';
import { randomNumbers, uniform } from '../synthetic.ts';
import { validated } from '../validated-gpu.ts';

/** A table of factors for kernels that read pages of one. */
export interface Table {
  readonly rank: number;
  /** `rowCount × rank`, rank a multiple of 4: padding is the engine's business. */
  readonly factors: Float32Array;
}

/** How a table is cut, and what the device allows. */
export interface PageOptions {
  readonly pageRows?: number;
  readonly limits?: Partial<GpuLimits>;
}

/** Uploads the table in pages of `pageRows` rows. */
export function pagesOf(buffers: BufferScope, { rank, factors }: Table, pageRows = Infinity): TablePage[] {
  const rowCount = factors.length / rank;
  const pages: TablePage[] = [];
  for (let firstRow = 0; firstRow < Math.max(1, rowCount); firstRow += pageRows) {
    const count = Math.min(pageRows, rowCount - firstRow);
    const rows = factors.subarray(firstRow * rank, (firstRow + count) * rank);
    pages.push({ buffer: buffers.upload(`page ${firstRow}`, rows), firstRow, rowCount: count });
  }
  return pages;
}

/** The `length` numbers that `encode` writes into its output, which is rubbish at first. */
export function computed(
  length: number,
  encode: (commands: CommandBatch, buffers: BufferScope, output: GPUBuffer) => void,
  limits: Partial<GpuLimits> = {},
): Promise<number[]> {
  return validated(async (gpu: GpuDevice) => {
    using buffers = new BufferScope(gpu, 'test');
    const output = buffers.upload('output', new Float32Array(length + 4).fill(Number.NaN));
    using commands = new CommandBatch(gpu, 'test');
    encode(commands, buffers, output);
    commands.submit();
    const values = await readFloats(gpu, output);
    // Nothing is written past the end.
    expect([...values.subarray(length, length + 4)].every(Number.isNaN)).toBe(true);
    return [...values.subarray(0, length)];
  }, limits);
}

/** Its kernels have 64 invocations per workgroup, 2 of them a row at rank 8. */
export const randomTable: Table = { rank: 8, factors: randomNumbers(300 * 8, { seed: 3 }) };

/** Rows of `randomTable`. */
export function rowsOf(count: number, seed: number): Uint32Array {
  const next = uniform(seed);
  return Uint32Array.from({ length: count }, () => Math.floor(next() * 300));
}

/** How many rows or bags to try: around half a workgroup, where `randomTable` fills one, and an odd large number. */
export const counts = [0, 1, 31, 32, 33, 5003];
