import { defineKernel, type Kernel } from '../../gpu/kernel.ts';
import cgCode from '../lib/als-cg-diagonal.wgsl?raw';
import fixedF16Code from '../lib/fixed-f16.wgsl?raw';
import fixedF32Code from '../lib/fixed-f32.wgsl?raw';
import code from '../lib/row-equations.wgsl?raw';

/** WGSL that every row-equation kernel begins with: bindings 0–7, parameters, overrides, `fixed_vector` of float32. */
export const rowEquationsCode = code + fixedF32Code;

/** What every row-equation kernel has; what one kernel alone needs comes on top. */
export interface RowEquationNames {
  readonly buffers: 'rows' | 'columns' | 'weights' | 'gramian' | 'fixed_0' | 'fixed_1' | 'factors';
  readonly params: 'row_count' | 'page_rows' | 'alpha0' | 'steps' | 'weight_stride';
  readonly overrides: 'rank_vectors' | 'is_paged';
}

/**
 * A conjugate gradient kernel for either width of the fixed side's factors; arithmetic is float32 with both.
 *
 * Overrides of all of them: `is_diagonal`, `gramian` holds eigenvalues (`symmetric-eigen`), the diagonal of the system,
 * which preconditions; `tolerance`, the share of rᵀ M⁻¹ r at which a row ends early.
 *
 * @param before WGSL that has to come first
 */
export function conjugateGradientKernels<Override extends string>(
  label: string,
  ownCode: string,
  before = '',
): Record<'f32' | 'f16', Kernel<ConjugateGradientNames<Override>>> {
  const kernel = (fixedCode: string) =>
    defineKernel<ConjugateGradientNames<Override>>(label, before + code + fixedCode + cgCode + ownCode);
  return { f32: kernel(fixedF32Code), f16: kernel(fixedF16Code) };
}

/** What every conjugate gradient kernel has. */
export interface ConjugateGradientNames<Override extends string> extends Omit<RowEquationNames, 'overrides'> {
  readonly overrides: RowEquationNames['overrides'] | 'is_diagonal' | 'tolerance' | Override;
}
