import { defineKernel } from '../../gpu/kernel.ts';
import code from './als-loss.wgsl?raw';

/** Computes the part of the training objective that depends on the entries and on λ, per row equation. Rank 1–256. */
export const alsLoss = defineKernel({
  name: 'als-loss',
  code,
  buffers: {
    rows: 'read',
    columns: 'read',
    weights: 'read',
    fixed_0: 'read',
    fixed_1: 'read',
    factors: 'read',
    partials: 'read-write',
  },
  params: { row_count: 'u32', page_rows: 'u32', weight_stride: 'u32', counts_entries: 'u32' },
  overrides: { rank_vectors: 'u32', is_paged: 'bool', workgroup_size: 'u32' },
});

/** Workgroups for `rowCount` row equations. */
export function alsLossWorkgroups(rowCount: number, workgroupSize: number): number {
  return Math.ceil(rowCount / workgroupSize);
}
