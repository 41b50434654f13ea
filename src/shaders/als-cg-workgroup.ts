import { defineKernel } from '../gpu/kernel.ts';
import code from './als-cg-workgroup.wgsl?raw';
import {
  conjugateGradientCode,
  conjugateGradientOverrides,
  rowEquationsBindings,
  rowEquationsParams,
} from './row-equations.ts';

/** Conjugate gradient on row equations, one workgroup of 64 a row of any length. Rank 1–256. */
export const alsCgWorkgroup = defineKernel({
  label: 'als-cg-workgroup',
  code: conjugateGradientCode + code,
  bindings: rowEquationsBindings,
  params: rowEquationsParams,
  overrides: {
    ...conjugateGradientOverrides,
    tile_entries: 'u32',
  },
});

/** Entries staged at once: 8 KiB of vectors, a power of two from 8 to 64. */
export function alsCgWorkgroupTile(rankVectors: number): number {
  return Math.min(64, 2 ** Math.floor(Math.log2(512 / rankVectors)));
}
