import { expect, test } from 'vitest';
import { DisposedError } from '../../../../src/errors.ts';
import { problemOf, randomMatrix, tableOf } from '../../../support/synthetic.ts';
import { createCpuBackend } from '../../../../src/backends/cpu/cpu-backend.ts';
import { contributionsSuite } from '../../../support/suites/contributions-suite.ts';

const cases = [
  [1, 5, 2],
  [7, 1, 1],
  [8, 4, 9],
  [9, 9, 4],
  [20, 33, 50],
  [64, 61, 3],
] as const;

for (const [name, kernels] of [
  ['WebAssembly', 'auto'],
  ['TypeScript', 'typescript'],
] as const) {
  // One rounding of the folded-in row and some of its product with one of the items: 6e-8 of scores about 1.
  contributionsSuite(`cpu, ${name}`, () => Promise.resolve(createCpuBackend({ kernels })), {
    cases,
    scoreTolerance: 1e-6,
  });
}

test.each(['auto', 'typescript'] as const)(
  '%s: an explainer that holds no items gives the same bits',
  async (kernels) => {
    const backend = createCpuBackend({ kernels });
    // More items than the Gramian is summed from at a time.
    const problem = problemOf(randomMatrix({ rowCount: 1, columnCount: 5001, seed: 6, density: 0.01 }), { factors: 9 });
    for (const unobservedWeight of [0, 0.3]) {
      const side = { ...tableOf(problem), unobservedWeight };
      const table = await backend.openItemTable(side);
      const explainer = await backend.openExplainer(side);
      for (const rows of [Uint32Array.of(4, 5000, 17), new Uint32Array(0)]) {
        expect(await explainer.contributions(problem.users, rows)).toEqual(
          await table.contributions(problem.users, rows),
        );
      }
      table.dispose();
      explainer.dispose();
      await expect(explainer.contributions(problem.users, Uint32Array.of(1))).rejects.toThrow(DisposedError);
    }
  },
);
