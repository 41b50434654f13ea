import { defineKernel } from '../../gpu/kernel.ts';
import code from './symmetric-eigen.wgsl?raw';

/**
 * Computes the eigenvalues and eigenvectors of one Gramian, in no particular order. One workgroup of any size. Rank
 * 1–256; padded rows and columns do not mix with the others.
 */
export const symmetricEigen = defineKernel({
  name: 'symmetric-eigen',
  code,
  buffers: { gramian: 'read-write array<f32>', basis: 'read-write array<f32>', values: 'read-write array<f32>' },
  params: {},
  overrides: { rank_vectors: 'u32', workgroup_size: 'u32' },
});

/** Bytes of `values`: the eigenvalues, then the largest of them in a vec4 of its own. */
export function eigenvaluesByteLength(rankVectors: number): number {
  return 16 * (rankVectors + 1);
}
