import { defineKernel } from '../../gpu/kernel.ts';
import code from './als-loss.wgsl?raw';

/** The part of the training objective that depends on single entries and on λ, by row equation. Rank 1–256. */
export const alsLoss = defineKernel<{
  buffers: 'rows' | 'columns' | 'weights' | 'fixed_0' | 'fixed_1' | 'factors' | 'partials';
  params: 'row_count' | 'page_rows' | 'weight_stride' | 'counts_entries';
  overrides: 'rank_vectors' | 'is_paged' | 'workgroup_size';
}>('als-loss', code);

/** Workgroups for `rowCount` row equations. */
export function alsLossWorkgroups(rowCount: number, workgroupSize: number): number {
  return Math.ceil(rowCount / workgroupSize);
}
