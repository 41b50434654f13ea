import type { GpuDevice } from '../../gpu/device.ts';
import { defineKernel } from '../../gpu/kernel.ts';
import code from './als-cg-subgroup.wgsl?raw';
import subgroupsCode from '../lib/subgroups.wgsl?raw';
import { conjugateGradient, conjugateGradientCode } from './row-equations.ts';

/**
 * Conjugate gradient on row equations with a diagonal Gramian; a few lanes of a subgroup share a row. Needs the device
 * feature `subgroups`, with lanes in the order of the workgroup's invocations, and a rank for which
 * `alsCgSubgroupLanes` returns lanes.
 */
export const alsCgSubgroup = defineKernel({
  ...conjugateGradient,
  name: 'als-cg-subgroup',
  code: subgroupsCode + conjugateGradientCode + code,
  overrides: { ...conjugateGradient.overrides, workgroup_size: 'u32', lanes: 'u32', lane_vectors: 'u32' },
});

/** The most vectors that one lane can hold. */
const mostLaneVectors = 4;

/** How many lanes share a row, as overrides; null if the device has no subgroups or its subgroups are too small. */
export function alsCgSubgroupLanes(
  { subgroupSize }: Pick<GpuDevice, 'subgroupSize'>,
  rankVectors: number,
): { readonly lanes: number; readonly lane_vectors: number } | null {
  const lanes = Math.min(subgroupSize, 32, 2 ** Math.ceil(Math.log2(rankVectors)));
  if (rankVectors > lanes * mostLaneVectors) return null;
  return { lanes, lane_vectors: Math.ceil(rankVectors / lanes) };
}

/** Workgroups for `rowCount` rows. */
export function alsCgSubgroupWorkgroups(
  rowCount: number,
  { lanes, workgroupSize }: { readonly lanes: number; readonly workgroupSize: number },
): number {
  return Math.ceil((rowCount * lanes) / workgroupSize);
}
