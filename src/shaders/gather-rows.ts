import { defineKernel } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import code from './gather-rows.wgsl?raw';

/** Embedding look-up: copies the given rows of a table page, in the given order. */
export const gatherRows = defineKernel({
  label: 'gather-rows',
  code,
  bindings: { rows: 'read', table_page: 'read', output: 'read-write', params: 'uniform' },
  params: uniformStruct({ row_count: 'u32', rank_blocks: 'u32', page_first_row: 'u32', page_row_count: 'u32' }),
  overrides: { workgroup_size: 'u32' },
});

const workgroupSize = 64;

/** Overrides of every dispatch. */
export const gatherOverrides = { workgroup_size: workgroupSize };

/** Workgroups for `rowCount` rows: one invocation a vec4. */
export function gatherWorkgroups(rowCount: number, rankBlocks: number): number {
  return Math.ceil((rowCount * rankBlocks) / workgroupSize);
}
