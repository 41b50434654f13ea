import conjugateGradientPart from '../lib/als-cg-diagonal.wgsl?raw';
import rowEquationsCode from '../lib/row-equations.wgsl?raw';

/** WGSL at the start of every row-equation kernel; each kernel declares binding 6, its output, itself. */
export { rowEquationsCode };

/** What `lib/row-equations.wgsl` declares; kernels include it in their own declarations. */
export const rowEquations = {
  buffers: {
    rows: 'read',
    columns: 'read',
    weights: 'read',
    gramian: 'read',
    fixed_0: 'read',
    fixed_1: 'read',
  },
  params: { row_count: 'u32', page_rows: 'u32', alpha0: 'f32', steps: 'u32', weight_stride: 'u32' },
  overrides: { rank_vectors: 'u32', is_paged: 'bool' },
} as const;

/** WGSL at the start of every conjugate gradient kernel. */
export const conjugateGradientCode = rowEquationsCode + conjugateGradientPart;

/**
 * What `conjugateGradientCode` declares.
 *
 * `is_diagonal`: `gramian` holds the eigenvalues of G (`symmetric-eigen`), from which the preconditioner is made.
 * `tolerance`: a row stops once rᵀ M⁻¹ r has fallen to this share of its initial value.
 */
export const conjugateGradient = {
  buffers: { ...rowEquations.buffers, factors: 'read-write' },
  params: rowEquations.params,
  overrides: { ...rowEquations.overrides, is_diagonal: 'bool', tolerance: 'f32' },
} as const;
