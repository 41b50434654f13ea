import { uniformStruct } from '../gpu/uniform-struct.ts';
import cgCode from './lib/als-cg-diagonal.wgsl?raw';
import code from './lib/row-equations.wgsl?raw';

/** WGSL that every row-equation kernel begins with: bindings 0–7, parameters, overrides, `fixed_vector`. */
export const rowEquationsCode = code;

/** Bindings 0–7 of every row-equation kernel; what one kernel alone needs comes after them. */
export const rowEquationsBindings = {
  /** One `RowEquation` (row u32, first entry u32, end entry u32, λ f32) a row to solve. */
  rows: 'read',
  columns: 'read',
  /** (a, b) an entry. */
  weights: 'read',
  /** Padded rank × padded rank. */
  gramian: 'read',
  fixed_0: 'read',
  /** The other side's rows from `page_rows` on; any buffer where `is_paged` is 0. */
  fixed_1: 'read',
  factors: 'read-write',
  params: 'uniform',
} as const;

/** Parameters of every row-equation kernel. */
export const rowEquationsParams = uniformStruct({ row_count: 'u32', page_rows: 'u32', alpha0: 'f32', steps: 'u32' });

/** Overrides of every row-equation kernel. */
export const rowEquationsOverrides = { rank_vectors: 'u32', is_paged: 'bool' } as const;

/** WGSL that the conjugate gradient kernels begin with. */
export const conjugateGradientCode = code + cgCode;

/**
 * Overrides of the conjugate gradient kernels. `is_whitened`: `gramian` holds eigenvalues (`symmetric-eigen`), the
 * diagonal of the system, which preconditions; `tolerance`: the share of rᵀ M⁻¹ r at which a row ends early.
 */
export const conjugateGradientOverrides = { ...rowEquationsOverrides, is_whitened: 'bool', tolerance: 'f32' } as const;
