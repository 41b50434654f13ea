import { defineKernel } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import code from './als-normal-equations.wgsl?raw';

/**
 * Writes the row equation A x = r of a batch of rows out in full, for `alsCholesky` to solve
 * (`als-normal-equations.wgsl` has the equation and the shapes).
 */
export const alsNormalEquations = defineKernel({
  label: 'als-normal-equations',
  code,
  bindings: {
    row_offsets: 'read',
    columns: 'read',
    weights: 'read',
    regularization: 'read',
    gramian: 'read',
    fixed_page: 'read',
    systems: 'read-write',
    params: 'uniform',
  },
  params: uniformStruct({
    first_row: 'u32',
    row_count: 'u32',
    first_entry: 'u32',
    rank_blocks: 'u32',
    page_first_row: 'u32',
    page_row_count: 'u32',
    accumulate: 'u32',
    alpha0: 'f32',
  }),
  overrides: { workgroup_size: 'u32' },
});

const workgroupSize = 64;

/** Overrides of every dispatch. */
export const normalEquationsOverrides = { workgroup_size: workgroupSize };

/** Workgroups for `rowCount` rows: one invocation a 4 × 4 tile of the lower triangle, one a vec4 of the right side. */
export function normalEquationsWorkgroups(rowCount: number, rankBlocks: number): number {
  const parts = (rankBlocks * (rankBlocks + 1)) / 2 + rankBlocks;
  return rowCount * Math.ceil(parts / workgroupSize);
}

/** Bytes of one row's A and r. */
export function systemByteLength(rankBlocks: number): number {
  return 16 * rankBlocks * (4 * rankBlocks + 1);
}
