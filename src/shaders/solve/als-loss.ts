import { defineKernel } from '../../gpu/kernel.ts';
import code from './als-loss.wgsl?raw';
import { rowEquations } from './row-equations.ts';

/** Computes the part of the training objective that depends on the entries and on λ, per row equation. Rank 1–256. */
export const alsLoss = defineKernel({
  name: 'als-loss',
  code,
  structs: rowEquations.structs,
  buffers: {
    rows: 'read array<RowEquation>',
    columns: 'read array<u32>',
    weights: 'read array<vec2f>',
    fixed_0: 'read array<vec4f>',
    fixed_1: 'read array<vec4f>',
    factors: 'read array<vec4f>',
    partials: 'read-write array<u32>',
  },
  params: { row_count: 'u32', page_rows: 'u32', weight_stride: 'u32', counts_entries: 'u32' },
  overrides: { rank_vectors: 'u32', is_paged: 'bool', workgroup_size: 'u32' },
});

/** Workgroups for `rowCount` row equations. */
export function alsLossWorkgroups(rowCount: number, workgroupSize: number): number {
  return Math.ceil(rowCount / workgroupSize);
}
