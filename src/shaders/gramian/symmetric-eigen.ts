import { defineKernel } from '../../gpu/kernel.ts';
import code from './symmetric-eigen.wgsl?raw';

/**
 * Eigenvalues and eigenvectors of one Gramian, in no particular order. One workgroup of any size. Rank 1–256; padded
 * places stay apart from the others.
 */
export const symmetricEigen = defineKernel<{
  buffers: 'gramian' | 'basis' | 'values';
  params: never;
  overrides: 'rank_vectors' | 'workgroup_size';
}>('symmetric-eigen', code);

/** Bytes of the eigenvalues and the largest. */
export function eigenvaluesByteLength(rankVectors: number): number {
  return 16 * (rankVectors + 1);
}
