import code from './als-cg-workgroup.wgsl?raw';
import { conjugateGradientKernel } from './row-equations.ts';

/** Conjugate gradient on row equations, one workgroup of 64 a row of any length. Rank 1–256. */
export const alsCgWorkgroup = conjugateGradientKernel<'tile_entries'>('als-cg-workgroup', code);

/** Entries of one of two tiles: 4 KiB of vectors, a power of two from 4 to 64. */
export function alsCgWorkgroupTile(rankVectors: number): number {
  return Math.min(64, 2 ** Math.floor(Math.log2(256 / rankVectors)));
}
