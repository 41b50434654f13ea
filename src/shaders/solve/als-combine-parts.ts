import { defineKernel } from '../../gpu/kernel.ts';
import code from './als-combine-parts.wgsl?raw';

/** Adds up the normal equations of rows that were taken in parts. */
export const alsCombineParts = defineKernel<{
  buffers: 'parts' | 'systems';
  params: 'row_count';
  overrides: 'rank_vectors' | 'workgroup_size';
}>('als-combine-parts', code);
