import { defineKernel, type Kernel } from '../../gpu/kernel.ts';
import cgCode from '../lib/als-cg-diagonal.wgsl?raw';
import rowEquationsCode from '../lib/row-equations.wgsl?raw';

/** WGSL that every row-equation kernel begins with: bindings 0–7, parameters, overrides, `fixed_vector`. */
export { rowEquationsCode };

/** What every row-equation kernel has; what one kernel alone needs comes on top. */
export interface RowEquationNames {
  readonly buffers: 'rows' | 'columns' | 'weights' | 'gramian' | 'fixed_0' | 'fixed_1' | 'factors';
  readonly params: 'row_count' | 'page_rows' | 'alpha0' | 'steps' | 'weight_stride';
  readonly overrides: 'rank_vectors' | 'is_paged';
}

/**
 * A conjugate gradient kernel.
 *
 * Overrides of all of them: `is_diagonal`, `gramian` holds eigenvalues (`symmetric-eigen`), the diagonal of the system,
 * which preconditions; `tolerance`, the share of rᵀ M⁻¹ r at which a row ends early.
 *
 * @param before WGSL that has to come first
 */
export function conjugateGradientKernel<Override extends string>(
  label: string,
  ownCode: string,
  before = '',
): Kernel<ConjugateGradientNames<Override>> {
  return defineKernel(label, before + rowEquationsCode + cgCode + ownCode);
}

/** What every conjugate gradient kernel has. */
export interface ConjugateGradientNames<Override extends string> extends Omit<RowEquationNames, 'overrides'> {
  readonly overrides: RowEquationNames['overrides'] | 'is_diagonal' | 'tolerance' | Override;
}
