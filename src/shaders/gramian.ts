import { defineKernel } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import code from './gramian.wgsl?raw';

/** Partial Gramians of slices of a factor matrix; `gramianCombine` adds them up. Rank 1–256. */
export const gramian = defineKernel({
  label: 'gramian',
  code,
  bindings: {
    /** Rows × padded rank. */
    factors: 'read',
    /** Slices × padded rank × padded rank; only blocks on and above the diagonal are written. */
    partials: 'read-write',
    params: 'uniform',
  },
  params: uniformStruct({ row_count: 'u32', rows_per_slice: 'u32', slice_count: 'u32', first_slice: 'u32' }),
  overrides: { rank_vectors: 'u32', workgroup_size: 'u32' },
});

/** Workgroups for `sliceCount` slices: one invocation an 8 × 8 block on or above the diagonal. */
export function gramianWorkgroups(
  sliceCount: number,
  { rankVectors, workgroupSize }: { readonly rankVectors: number; readonly workgroupSize: number },
): number {
  const side = Math.ceil(rankVectors / 2);
  return Math.ceil((sliceCount * side * (side + 1)) / 2 / workgroupSize);
}
