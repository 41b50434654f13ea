import type { BufferRange } from '../../gpu/buffers.ts';

/** Consecutive rows of a factor table that fit one binding: `rowCount × rankVectors` vec4. */
export interface TablePage {
  readonly buffer: BufferRange;
  readonly firstRow: number;
  readonly rowCount: number;
}
