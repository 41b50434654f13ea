import { defineKernel } from '../../gpu/kernel.ts';
import code from './rotate-rows.wgsl?raw';

/** Transforms factor rows into another basis, in place. Rank 1–256. */
export const rotateRows = defineKernel({
  name: 'rotate-rows',
  code,
  buffers: { factors: 'read-write array<vec4f>', basis: 'read array<vec4f>' },
  params: { row_count: 'u32' },
  overrides: { rank_vectors: 'u32', workgroup_size: 'u32' },
});

/** Workgroups for `rowCount` rows: 16 rows each. */
export function rotateRowsWorkgroups(rowCount: number): number {
  return Math.ceil(rowCount / 16);
}
