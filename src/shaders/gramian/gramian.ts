import { defineKernel } from '../../gpu/kernel.ts';
import code from './gramian.wgsl?raw';

/** Computes partial Gramians of slices of a factor matrix; `gramianCombine` sums them. Rank 1–256. */
export const gramian = defineKernel({
  name: 'gramian',
  code,
  buffers: { factors: 'read array<vec4f>', partials: 'read-write array<vec4f>' },
  params: { row_count: 'u32', rows_per_slice: 'u32', slice_count: 'u32', first_slice: 'u32' },
  overrides: { rank_vectors: 'u32', workgroup_size: 'u32' },
});

/** Workgroups for `sliceCount` slices: one invocation per 8 × 8 block on or above the diagonal of each. */
export function gramianWorkgroups(
  sliceCount: number,
  { rankVectors, workgroupSize }: { readonly rankVectors: number; readonly workgroupSize: number },
): number {
  const side = Math.ceil(rankVectors / 2);
  return Math.ceil((sliceCount * side * (side + 1)) / 2 / workgroupSize);
}
