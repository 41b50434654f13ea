import { defineKernel } from '../../gpu/kernel.ts';
import code from './als-cg-workgroup.wgsl?raw';
import { conjugateGradient, conjugateGradientCode } from './row-equations.ts';

/** Conjugate gradient on row equations, one workgroup of 64 invocations per row. Rows of any length, rank 1–256. */
export const alsCgWorkgroup = defineKernel({
  ...conjugateGradient,
  name: 'als-cg-workgroup',
  code: conjugateGradientCode + code,
  overrides: { ...conjugateGradient.overrides, tile_entries: 'u32' },
});

/** Entries of each of the two tiles: up to 4 KiB of vectors, a power of two from 4 to 64. */
export function alsCgWorkgroupTile(rankVectors: number): number {
  return Math.min(64, 2 ** Math.floor(Math.log2(256 / rankVectors)));
}
