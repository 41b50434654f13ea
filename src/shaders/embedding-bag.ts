import { defineKernel } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import code from './embedding-bag.wgsl?raw';

/** Embedding bag: the weighted sum or weighted mean of each bag's rows. */
export const embeddingBag = defineKernel({
  label: 'embedding-bag',
  code,
  bindings: {
    offsets: 'read',
    rows: 'read',
    weights: 'read',
    table_page: 'read',
    output: 'read-write',
    params: 'uniform',
  },
  params: uniformStruct({
    bag_count: 'u32',
    rank_blocks: 'u32',
    page_first_row: 'u32',
    page_row_count: 'u32',
    accumulate: 'u32',
    is_mean: 'u32',
  }),
  overrides: { workgroup_size: 'u32' },
});

const workgroupSize = 64;

/** Overrides of every dispatch. */
export const bagOverrides = { workgroup_size: workgroupSize };

/** Workgroups for `bagCount` bags: one invocation a vec4. */
export function bagWorkgroups(bagCount: number, rankBlocks: number): number {
  return Math.ceil((bagCount * rankBlocks) / workgroupSize);
}
