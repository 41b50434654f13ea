import conjugateGradientPart from '../lib/als-cg-diagonal.wgsl?raw';
import rowEquationsCode from '../lib/row-equations.wgsl?raw';

/** WGSL at the start of every row-equation kernel; each kernel declares binding 6, its output, itself. */
export { rowEquationsCode };

/** `struct RowEquation` of the WGSL: one row to solve, four words. */
export const rowEquationFields = { row: 'u32', first_entry: 'u32', end_entry: 'u32', regularization: 'f32' } as const;

/** What `lib/row-equations.wgsl` declares; kernels include it in their own declarations. */
export const rowEquations = {
  structs: { RowEquation: rowEquationFields },
  buffers: {
    rows: 'read array<RowEquation>',
    columns: 'read array<u32>',
    weights: 'read array<vec2f>',
    gramian: 'read array<vec4f>',
    fixed_0: 'read array<vec4f>',
    fixed_1: 'read array<vec4f>',
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
  structs: rowEquations.structs,
  buffers: { ...rowEquations.buffers, factors: 'read-write array<vec4f>' },
  params: rowEquations.params,
  overrides: { ...rowEquations.overrides, is_diagonal: 'bool', tolerance: 'f32' },
} as const;
