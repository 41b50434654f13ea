import { defineKernel } from '../../gpu/kernel.ts';
import code from './als-combine-parts.wgsl?raw';

/** Adds up the normal equations of rows that were split into parts. */
export const alsCombineParts = defineKernel({
  name: 'als-combine-parts',
  code,
  buffers: { parts: 'read array<vec2u>', systems: 'read-write array<vec4f>' },
  params: { row_count: 'u32' },
  overrides: { rank_vectors: 'u32', workgroup_size: 'u32' },
});
