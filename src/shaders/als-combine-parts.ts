import { defineKernel } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import code from './als-combine-parts.wgsl?raw';

/** Adds up the normal equations of rows that were taken in parts. */
export const alsCombineParts = defineKernel({
  label: 'als-combine-parts',
  code,
  bindings: {
    /** A pair (first further part, end) a row. */
    parts: 'read',
    systems: 'read-write',
    params: 'uniform',
  },
  params: uniformStruct({ row_count: 'u32' }),
  overrides: { rank_vectors: 'u32', workgroup_size: 'u32' },
});
