import { defineKernel } from '../../gpu/kernel.ts';
import code from './gramian-combine.wgsl?raw';

/** Sums partial Gramians in slice order and mirrors the lower triangle. Rank 1–256. */
export const gramianCombine = defineKernel<{
  buffers: 'partials' | 'gramian';
  params: 'slice_count';
  overrides: 'rank_vectors' | 'workgroup_size';
}>('gramian-combine', code);

/** Workgroups: one invocation a number of the Gramian. */
export function gramianCombineWorkgroups(rankVectors: number, workgroupSize: number): number {
  return Math.ceil((4 * rankVectors) ** 2 / workgroupSize);
}
