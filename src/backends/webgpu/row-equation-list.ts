import { rowEquationFields } from '../../shaders/solve/row-equations.ts';
import type { RowEquations } from '../backend.ts';

/** 32-bit words of one `RowEquation` as the kernels read it, in the order of `rowEquationFields`. */
export const rowEquationWords = Object.keys(rowEquationFields).length;
export const rowEquationByteLength = 4 * rowEquationWords;

/** The equation of one row, with the range `firstEntry … endEntry` of its entries. */
export interface RowEquation {
  readonly row: number;
  readonly firstEntry: number;
  readonly endEntry: number;
  readonly regularization: number;
}

/** A list of `RowEquation`s in the kernels' memory layout. */
export class RowEquationList {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly #floats: Float32Array;

  constructor(count: number) {
    this.words = new Uint32Array(rowEquationWords * count);
    this.#floats = new Float32Array(this.words.buffer);
  }

  write(place: number, { row, firstEntry, endEntry, regularization }: RowEquation): void {
    const at = rowEquationWords * place;
    this.words.set([row, firstEntry, endEntry], at);
    this.#floats[at + 3] = regularization;
  }
}

/** The pairs (a, b) of the entries `firstEntry … endEntry`. */
export function interleavedWeights(
  { a, b }: RowEquations,
  { firstEntry, endEntry }: { readonly firstEntry: number; readonly endEntry: number },
): Float32Array {
  const weights = new Float32Array(2 * (endEntry - firstEntry));
  for (let entry = firstEntry; entry < endEntry; entry++) {
    weights[2 * (entry - firstEntry)] = a[entry]!;
    weights[2 * (entry - firstEntry) + 1] = b[entry]!;
  }
  return weights;
}
