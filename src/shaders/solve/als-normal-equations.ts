import { defineKernel } from '../../gpu/kernel.ts';
import code from './als-normal-equations.wgsl?raw';
import { rowEquations, rowEquationsCode } from './row-equations.ts';

/**
 * Writes out A and r of the row equations A x = r of a batch of rows, for `alsCholesky` to solve
 * (`als-normal-equations.wgsl` has the equation and the shapes).
 */
export const alsNormalEquations = defineKernel({
  name: 'als-normal-equations',
  code: rowEquationsCode + code,
  structs: rowEquations.structs,
  buffers: { ...rowEquations.buffers, systems: 'read-write array<vec4f>' },
  params: rowEquations.params,
  overrides: { ...rowEquations.overrides, is_diagonal: 'bool', workgroup_size: 'u32' },
});

/** Invocations per workgroup. */
export const normalEquationsWorkgroupSize = 64;

/** Workgroups for `rowCount` rows: one invocation per 4 × 4 tile of A's lower triangle and per vec4 of r. */
export function normalEquationsWorkgroups(rowCount: number, rankVectors: number): number {
  const parts = (rankVectors * (rankVectors + 1)) / 2 + rankVectors;
  return rowCount * Math.ceil(parts / normalEquationsWorkgroupSize);
}

/** Bytes of one row's A and r. */
export function systemByteLength(rankVectors: number): number {
  return 16 * rankVectors * (4 * rankVectors + 1);
}
