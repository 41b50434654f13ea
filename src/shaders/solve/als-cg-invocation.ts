import { defineKernel } from '../../gpu/kernel.ts';
import code from './als-cg-invocation.wgsl?raw';
import { conjugateGradient, conjugateGradientCode } from './row-equations.ts';

/**
 * Conjugate gradient on row equations, one invocation per row. Rank 1–256. Rows may have any length, but a whole
 * workgroup waits for its longest row: on a GPU, give long rows to `alsCgWorkgroup`.
 */
export const alsCgInvocation = defineKernel({
  ...conjugateGradient,
  name: 'als-cg-invocation',
  code: conjugateGradientCode + code,
  overrides: { ...conjugateGradient.overrides, workgroup_size: 'u32' },
});

/** Workgroups for `rowCount` rows. */
export function alsCgInvocationWorkgroups(rowCount: number, workgroupSize: number): number {
  return Math.ceil(rowCount / workgroupSize);
}
