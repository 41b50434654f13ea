import { expect, test } from 'vitest';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { referenceSolve } from '../../reference/als.ts';
import { matrixOf, problemOf, randomNumbers, tableOf } from '../../support/synthetic.ts';

// The Gramian of the items is summed in blocks, between which messages get through.
test.each(['auto', 'typescript'] as const)(
  'all blocks of a large catalogue count in a fold-in: %s',
  async (kernels) => {
    const rowCount = 40_000;
    const rank = 2;
    const problem = problemOf(matrixOf([[1, null, 0.5]]), { factors: rank });
    const factors = randomNumbers(rowCount * rank, { seed: 6, scale: 0.01 });
    const table = await createCpuBackend({ kernels }).openItemTable({
      ...tableOf(problem),
      rowCount,
      itemFactors: factors,
    });
    const users = { ...problem.users, columnCount: rowCount };
    const found = await table.foldIn(users);
    table.dispose();
    const wanted = referenceSolve(users, { factors: rank, fixed: factors, unobservedWeight: problem.unobservedWeight });
    // Sums of 64 products in single precision, the rest in double: below 1e-5 of the solution.
    const largest = Math.max(...wanted.map(Math.abs));
    for (const [place, value] of wanted.entries()) expect(Math.abs(found[place]! - value)).toBeLessThan(1e-5 * largest);
  },
);
