import { defineKernel } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import code from './pack-rows.wgsl?raw';

/** Copies factors as float16, which the kernels of the `f16` precision read. Rank 1–256. */
export const packRows = defineKernel({
  label: 'pack-rows',
  code,
  bindings: {
    /** Rows × padded rank. */
    factors: 'read',
    /** The same in half the bytes. */
    packed: 'read-write',
    params: 'uniform',
  },
  params: uniformStruct({ vector_count: 'u32' }),
  overrides: { workgroup_size: 'u32' },
});
