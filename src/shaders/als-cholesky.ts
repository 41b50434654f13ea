import { defineKernel } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import code from './als-cholesky.wgsl?raw';

/** Solves a batch of symmetric positive (semi-)definite systems exactly, in place; ranks up to 256. */
export const alsCholesky = defineKernel({
  label: 'als-cholesky',
  code,
  bindings: { systems: 'read-write', target_factors: 'read-write', params: 'uniform' },
  params: uniformStruct({ row_count: 'u32', target_first_row: 'u32', rank_blocks: 'u32', pivot_tolerance: 'f32' }),
  overrides: { workgroup_size: 'u32' },
});

/** Overrides for a device: a workgroup shares the rows of L, four invocations where each barrier costs a lot. */
export function choleskyOverrides(isSoftware: boolean): { readonly workgroup_size: number } {
  return { workgroup_size: isSoftware ? 4 : 64 };
}

/**
 * A pivot below this share of its diagonal element is rounding noise of single precision, about `rank` × 2⁻²³, and its
 * component becomes 0.
 */
export function pivotTolerance(rankBlocks: number): number {
  return 4 * rankBlocks * 2 ** -23;
}
