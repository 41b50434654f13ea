import { defineKernel } from '../../gpu/kernel.ts';
import code from './gramian.wgsl?raw';

/** Partial Gramians of slices of a factor matrix; `gramianCombine` adds them up. Rank 1–256. */
export const gramian = defineKernel<{
  buffers: 'factors' | 'partials';
  params: 'row_count' | 'rows_per_slice' | 'slice_count' | 'first_slice';
  overrides: 'rank_vectors' | 'workgroup_size';
}>('gramian', code);

/** Workgroups for `sliceCount` slices: one invocation an 8 × 8 block on or above the diagonal. */
export function gramianWorkgroups(
  sliceCount: number,
  { rankVectors, workgroupSize }: { readonly rankVectors: number; readonly workgroupSize: number },
): number {
  const side = Math.ceil(rankVectors / 2);
  return Math.ceil((sliceCount * side * (side + 1)) / 2 / workgroupSize);
}
