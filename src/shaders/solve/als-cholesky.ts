import { GpuLimitError } from '../../errors.ts';
import { type BufferRange, resolveRange } from '../../gpu/buffers.ts';
import type { CommandBatch } from '../../gpu/command-batch.ts';
import { type GpuDevice, largestBinding } from '../../gpu/device.ts';
import { defineKernel } from '../../gpu/kernel.ts';
import code from './als-cholesky.wgsl?raw';
import { alsCombineParts } from './als-combine-parts.ts';
import {
  alsNormalEquations,
  normalEquationsWorkgroups,
  normalEquationsWorkgroupSize,
  systemByteLength,
} from './als-normal-equations.ts';

/** Solves a batch of symmetric positive (semi-)definite systems exactly, in place; ranks up to 256. */
export const alsCholesky = defineKernel({
  name: 'als-cholesky',
  code,
  buffers: { rows: 'read array<vec4u>', systems: 'read-write array<vec4f>', factors: 'read-write array<vec4f>' },
  params: { row_count: 'u32' },
  overrides: { workgroup_size: 'u32', rank_vectors: 'u32' },
});

/** Scratch bytes: room for enough systems to fill a large GPU at a moderate cost of memory. */
export const scratchByteLengthWanted = 2 ** 25;

/** Batches begin at multiples of this many rows: 16 bytes per row, and binding offsets are multiples of 256 bytes. */
const rowAlignment = 16;

/**
 * How many rows, or parts of rows, are solved at a time; at least 16.
 *
 * @throws {GpuLimitError} the rank is too large for this GPU's buffers
 */
export function choleskyRowsPerBatch(gpu: GpuDevice, rankVectors: number): number {
  const most = largestBinding(gpu.limits);
  const oneAlignedBatch = rowAlignment * systemByteLength(rankVectors);
  if (oneAlignedBatch > most) {
    throw new GpuLimitError(
      `Exact solves at rank ${4 * rankVectors} need ${oneAlignedBatch} bytes of scratch, this GPU binds ${most}. ` +
        'Use fewer factors, or the cpu back end.',
    );
  }
  return Math.max(1, Math.floor(Math.min(most, scratchByteLengthWanted) / oneAlignedBatch)) * rowAlignment;
}

/**
 * Bytes of scratch that `encodeAlsCholesky` needs for `rowCount` rows.
 *
 * @throws {GpuLimitError} the rank is too large for this GPU's buffers
 */
export function choleskyScratchByteLength(gpu: GpuDevice, options: { rowCount: number; rankVectors: number }): number {
  const { rowCount, rankVectors } = options;
  return Math.min(rowCount, choleskyRowsPerBatch(gpu, rankVectors)) * systemByteLength(rankVectors);
}

/** The buffers of `lib/row-equations.wgsl`, the output and the scratch. */
export interface CholeskyBuffers {
  readonly rows: BufferRange;
  readonly columns: BufferRange;
  readonly weights: BufferRange;
  readonly gramian: BufferRange;
  readonly fixed_0: BufferRange;
  /** If the other side has a single page, any buffer: it is bound, but not read. */
  readonly fixed_1: BufferRange;
  readonly factors: BufferRange;
  /** At least `choleskyScratchByteLength`. */
  readonly scratch: BufferRange;
}

/** What the pipelines depend on; the same for `compileAlsCholesky` and `encodeAlsCholesky`. */
interface CholeskyShape {
  readonly rankVectors: number;
  /** Whether some rows of the other side are in `fixed_1`. Default false. */
  readonly isPaged?: boolean | undefined;
  /** Whether G is diagonal and `gramian` holds only its diagonal. Default false. */
  readonly isDiagonal?: boolean | undefined;
  /** Invocations that share one solve; the result does not depend on it. Default: chosen by the device. */
  readonly workgroupSize?: number | undefined;
}

function overridesFor(gpu: GpuDevice, shape: CholeskyShape) {
  const { rankVectors, isPaged, isDiagonal, workgroupSize } = shape;
  return {
    assemble: {
      rank_vectors: rankVectors,
      is_paged: isPaged === true,
      is_diagonal: isDiagonal === true,
      workgroup_size: normalEquationsWorkgroupSize,
    },
    // On a software adapter, barriers cost more than sharing the work among many invocations gains.
    solve: { rank_vectors: rankVectors, workgroup_size: workgroupSize ?? (gpu.isSoftware ? 4 : 64) },
  };
}

/** Compiles the kernels of `encodeAlsCholesky`, except the small `alsCombineParts`, which is compiled on first use. */
export async function compileAlsCholesky(gpu: GpuDevice, shape: CholeskyShape): Promise<void> {
  const { assemble, solve } = overridesFor(gpu, shape);
  await Promise.all([alsNormalEquations.compile(gpu, assemble), alsCholesky.compile(gpu, solve)]);
}

/** Rows with many entries are split into parts; these are the parts after each row's first. */
export interface FurtherParts {
  /** How many there are; they follow the first parts in `rows`, with λ = 0. */
  readonly count: number;
  /** Per row: the index of its first further part, and the end of them. */
  readonly parts: BufferRange;
}

/**
 * Encodes the exact solve of `rowCount` row equations, in batches that fit the scratch. Rows without entries become
 * zero; `als-cholesky.wgsl` says what a singular equation gives.
 */
export function encodeAlsCholesky(
  commands: CommandBatch,
  options: {
    readonly buffers: CholeskyBuffers;
    readonly rowCount: number;
    readonly rankVectors: number;
    readonly alpha0: number;
    /** Rows of the other side in `fixed_0`; the rest are in `fixed_1`. Default: all are in `fixed_0`. */
    readonly pageRows?: number | undefined;
    /** 1, or 0 if all entries share one (a, b). Default 1. */
    readonly weightStride?: number | undefined;
    readonly isDiagonal?: boolean | undefined;
    /** Only for a single batch: first and further parts together are at most `choleskyRowsPerBatch`. */
    readonly further?: FurtherParts | undefined;
    readonly workgroupSize?: number | undefined;
  },
): void {
  const { gpu } = commands;
  const { rowCount, rankVectors, alpha0, pageRows, weightStride = 1, isDiagonal, further, workgroupSize } = options;
  const { rows, scratch, factors, ...equations } = options.buffers;
  const { buffer, offset } = resolveRange(rows);
  const overrides = overridesFor(gpu, { rankVectors, isPaged: pageRows !== undefined, isDiagonal, workgroupSize });
  const batchRows = choleskyRowsPerBatch(gpu, rankVectors);
  for (let first = 0; first < rowCount; first += batchRows) {
    const count = Math.min(batchRows, rowCount - first);
    const partCount = count + (further?.count ?? 0);
    const batch = { buffer, offset: offset + 16 * first, size: 16 * partCount };
    alsNormalEquations.encode(commands, {
      buffers: { ...equations, rows: batch, systems: scratch },
      params: {
        row_count: partCount,
        page_rows: pageRows ?? 0,
        alpha0,
        steps: count,
        weight_stride: weightStride,
      },
      overrides: overrides.assemble,
      workgroups: normalEquationsWorkgroups(partCount, rankVectors),
    });
    if (further) {
      const lanes = 64;
      alsCombineParts.encode(commands, {
        buffers: { parts: further.parts, systems: scratch },
        params: { row_count: count },
        overrides: { rank_vectors: rankVectors, workgroup_size: lanes },
        workgroups: Math.ceil((count * systemByteLength(rankVectors)) / 16 / lanes),
      });
    }
    alsCholesky.encode(commands, {
      buffers: { rows: batch, systems: scratch, factors },
      params: { row_count: count },
      overrides: overrides.solve,
      workgroups: count,
    });
  }
}
