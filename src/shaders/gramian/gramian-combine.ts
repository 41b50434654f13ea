import { defineKernel } from '../../gpu/kernel.ts';
import code from './gramian-combine.wgsl?raw';

/** Sums partial Gramians in slice order and mirrors the upper triangle into the lower one. Rank 1–256. */
export const gramianCombine = defineKernel({
  name: 'gramian-combine',
  code,
  buffers: { partials: 'read array<f32>', gramian: 'read-write array<f32>' },
  params: { slice_count: 'u32' },
  overrides: { rank_vectors: 'u32', workgroup_size: 'u32' },
});

/** Workgroups needed: one invocation per element of the Gramian. */
export function gramianCombineWorkgroups(rankVectors: number, workgroupSize: number): number {
  return Math.ceil((4 * rankVectors) ** 2 / workgroupSize);
}
