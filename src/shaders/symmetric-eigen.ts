import { defineKernel } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import code from './symmetric-eigen.wgsl?raw';

/**
 * Eigenvalues and eigenvectors of one Gramian, in no particular order. One workgroup of any size. Rank 1–256; padded
 * places stay apart from the others.
 */
export const symmetricEigen = defineKernel({
  label: 'symmetric-eigen',
  code,
  bindings: {
    /** Padded rank × padded rank; overwritten. */
    gramian: 'read-write',
    /** Padded rank × padded rank, written: an eigenvector a column. */
    basis: 'read-write',
    /** Padded rank + 4, written: eigenvalues, none below 0, then the largest. */
    values: 'read-write',
  },
  params: uniformStruct({}),
  overrides: { rank_vectors: 'u32', workgroup_size: 'u32' },
});

/** Bytes of the eigenvalues and the largest. */
export function eigenvaluesByteLength(rankVectors: number): number {
  return 16 * (rankVectors + 1);
}
