import { defineKernel } from '../../gpu/kernel.ts';
import code from './rotate-rows.wgsl?raw';

/** Turns factor rows into another basis, in place. Rank 1–256. */
export const rotateRows = defineKernel<{
  buffers: 'factors' | 'basis';
  params: 'row_count';
  overrides: 'rank_vectors' | 'workgroup_size';
}>('rotate-rows', code);

/** Workgroups for `rowCount` rows. */
export function rotateRowsWorkgroups(rowCount: number): number {
  return Math.ceil(rowCount / 16);
}
