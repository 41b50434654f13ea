import { defineKernel } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import code from './rotate-rows.wgsl?raw';

/** Turns factor rows into another basis, in place. Rank 1–256. */
export const rotateRows = defineKernel({
  label: 'rotate-rows',
  code,
  bindings: {
    /** Rows × padded rank. */
    factors: 'read-write',
    /** Padded rank × padded rank: a vector of the new basis a column. */
    basis: 'read',
    params: 'uniform',
  },
  params: uniformStruct({ row_count: 'u32' }),
  overrides: { rank_vectors: 'u32', workgroup_size: 'u32' },
});

/** Workgroups for `rowCount` rows. */
export function rotateRowsWorkgroups(rowCount: number): number {
  return Math.ceil(rowCount / 16);
}
