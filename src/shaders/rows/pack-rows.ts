import { defineKernel } from '../../gpu/kernel.ts';
import code from './pack-rows.wgsl?raw';

/** Copies factors as float16, which the kernels of the `f16` precision read. Rank 1–256. */
export const packRows = defineKernel<{
  buffers: 'factors' | 'packed';
  params: 'vector_count';
  overrides: 'workgroup_size';
}>('pack-rows', code);
