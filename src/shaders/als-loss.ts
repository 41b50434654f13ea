import { defineKernel } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import code from './als-loss.wgsl?raw';

/** The part of the training objective that depends on single entries and on λ, by row equation. Rank 1–256. */
export const alsLoss = defineKernel({
  label: 'als-loss',
  code,
  bindings: {
    /** One `RowEquation` (row u32, first entry u32, end entry u32, λ f32) a partial. */
    rows: 'read',
    columns: 'read',
    /** (a, b) an entry. */
    weights: 'read',
    fixed_0: 'read',
    /** The other side's rows from `page_rows` on; any buffer where `is_paged` is 0. */
    fixed_1: 'read',
    factors: 'read',
    /** One number a row equation. */
    partials: 'read-write',
    params: 'uniform',
  },
  params: uniformStruct({ row_count: 'u32', page_rows: 'u32', weight_stride: 'u32', counts_entries: 'u32' }),
  overrides: { rank_vectors: 'u32', is_paged: 'bool', workgroup_size: 'u32' },
});

/** Workgroups for `rowCount` row equations. */
export function alsLossWorkgroups(rowCount: number, workgroupSize: number): number {
  return Math.ceil(rowCount / workgroupSize);
}
