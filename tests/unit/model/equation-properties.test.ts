import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RowEquations } from '../../../src/backends/backend.ts';
import { implicitWeights, trainingEquations } from '../../../src/model/row-equations.ts';
import { matrixOf, settingsOf } from '../../support/synthetic.ts';

test('weights are the squared error of a cell, whatever the strength, α and α₀', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.option(fc.double({ min: 0, max: 100, noNaN: true })),
      fc.double({ min: -2, max: 2, noNaN: true }),
      (strength, alpha, score) => {
        fc.pre(strength !== 0);
        const { a, b, constant } = implicitWeights(strength, alpha);
        expect(a).toBeGreaterThanOrEqual(0);
        // Of a cell whose unobserved part α₀ score² stands in the Gramian; with α that is 1 of the confidence 1 + α s.
        const found = a * score ** 2 - 2 * b * score + constant;
        const weight = alpha === null ? Math.abs(strength) : alpha * Math.abs(strength);
        const liked = alpha === null ? weight * (1 - score) ** 2 : (1 + weight) * (1 - score) ** 2 - score ** 2;
        const wanted = strength > 0 ? liked : weight * score ** 2;
        // Ten roundings of doubles of up to a thousand.
        expect(Math.abs(found - wanted)).toBeLessThan(1e-11);
      },
    ),
    { seed: 20_250_103 },
  );
});

/** Every entry as (user, item, a, b), in one order; each row's length. */
function entriesOf({ rowOffsets, columns, a, b, rowCount }: RowEquations, isItems: boolean): string[] {
  const found: string[] = [];
  for (let row = 0; row < rowCount; row++) {
    for (let entry = rowOffsets[row]!; entry < rowOffsets[row + 1]!; entry++) {
      const [user, item] = isItems ? [columns[entry], row] : [row, columns[entry]];
      found.push(`${user} ${item} ${a[entry]} ${b[entry]}`);
    }
  }
  return found.sort();
}

test('users and items hold the same entries, whatever the matrix, and λ goes with their rows’ lengths', () => {
  const cell = fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { freq: 2 });
  const cells = fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
    .chain(([rows, columns]) =>
      fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }),
    );
  const settings = fc.record({
    alpha: fc.option(fc.integer({ min: 1, max: 40 })),
    unobservedWeight: fc.double({ min: 0, max: 1, noNaN: true }),
    regularization: fc.double({ min: 0, max: 1, noNaN: true }),
    exponent: fc.constantFrom(0, 0.5, 1),
  });
  fc.assert(
    fc.property(cells, settings, (values, overrides) => {
      const { users, items } = trainingEquations(matrixOf(values), settingsOf(overrides));
      expect(entriesOf(items, true)).toEqual(entriesOf(users, false));
      for (const side of [users, items]) {
        for (let row = 0; row < side.rowCount; row++) {
          const length = side.rowOffsets[row + 1]! - side.rowOffsets[row]!;
          const scale = (length + overrides.unobservedWeight * side.columnCount) ** overrides.exponent;
          // Rounded to float32 once: 6e-8 of numbers up to 14.
          expect(Math.abs(side.regularization[row]! - overrides.regularization * scale)).toBeLessThan(1e-6);
        }
      }
    }),
    { seed: 20_250_104 },
  );
});
