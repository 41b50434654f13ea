import { defineKernel, type KernelOverrides } from '../gpu/kernel.ts';
import { uniformStruct } from '../gpu/uniform-struct.ts';
import cgCode from './lib/als-cg-diagonal.wgsl?raw';
import fixedF16Code from './lib/fixed-f16.wgsl?raw';
import fixedF32Code from './lib/fixed-f32.wgsl?raw';
import code from './lib/row-equations.wgsl?raw';

/** WGSL that every row-equation kernel begins with: bindings 0–7, parameters, overrides, `fixed_vector` of float32. */
export const rowEquationsCode = code + fixedF32Code;

/** Bindings 0–7 of every row-equation kernel; what one kernel alone needs comes after them. */
export const rowEquationsBindings = {
  /** One `RowEquation` (row u32, first entry u32, end entry u32, λ f32) a row to solve. */
  rows: 'read',
  columns: 'read',
  /** (a, b) an entry, or once with `weight_stride` 0. */
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
export const rowEquationsParams = uniformStruct({
  row_count: 'u32',
  page_rows: 'u32',
  alpha0: 'f32',
  steps: 'u32',
  weight_stride: 'u32',
});

/** Overrides of every row-equation kernel. */
export const rowEquationsOverrides = { rank_vectors: 'u32', is_paged: 'bool' } as const;

/**
 * A conjugate gradient kernel for either width of the fixed side's factors; arithmetic is float32 with both.
 *
 * Overrides of all of them: `is_whitened`, `gramian` holds eigenvalues (`symmetric-eigen`), the diagonal of the system,
 * which preconditions; `tolerance`, the share of rᵀ M⁻¹ r at which a row ends early.
 *
 * @param options.before WGSL that has to come first
 */
export function conjugateGradientKernels<const Overrides extends KernelOverrides>(
  label: string,
  options: { readonly before?: string; readonly code: string; readonly overrides: Overrides },
) {
  const kernel = (fixedCode: string) =>
    defineKernel({
      label,
      code: (options.before ?? '') + code + fixedCode + cgCode + options.code,
      bindings: rowEquationsBindings,
      params: rowEquationsParams,
      overrides: { ...rowEquationsOverrides, is_whitened: 'bool', tolerance: 'f32', ...options.overrides },
    });
  return { f32: kernel(fixedF32Code), f16: kernel(fixedF16Code) };
}
