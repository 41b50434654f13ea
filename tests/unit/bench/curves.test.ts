import { describe, expect, test } from 'vitest';
import { curvePicture } from '../../../bench/curves/curve-chart.ts';
import { countEntryReads } from '../../../bench/curves/entry-reads.ts';
import type { SolveOptions } from '../../../src/backends/backend.ts';
import { CpuTraining } from '../../../src/backends/cpu/cpu-training.ts';
import { typescriptKernels } from '../../../src/backends/cpu/typescript-kernels.ts';
import { problemOf, randomMatrix } from '../../support/synthetic.ts';

const problem = problemOf(randomMatrix({ rowCount: 20, columnCount: 30, seed: 3, density: 0.2 }), { factors: 5 });
const source = { name: 'TypeScript', module: null, open: typescriptKernels };

/** Factors after an epoch, and reads as multiples of the entries of both sides. */
async function epoch(options: SolveOptions) {
  const reads = countEntryReads(source);
  const train = async (kernels: typeof source) => {
    const training = new CpuTraining(problem, { ...options, threads: 1, workPerThread: 1, source: kernels });
    await training.solve('users');
    await training.solve('items');
    return training.factors();
  };
  const counted = await train(reads.source as typeof source);
  expect(counted).toEqual(await train(source));
  return reads.count / (problem.users.columns.length + problem.items.columns.length);
}

describe('counting the entries that row solves read', () => {
  test('one read for the residual and one a step, the same factors', async () => {
    expect(await epoch({ solver: 'cg', cgSteps: 3 })).toBe(4);
    expect(await epoch({ solver: 'ew-pcg', cgSteps: 2 })).toBe(3);
    expect(await epoch({ solver: 'cholesky', cgSteps: 1 })).toBe(1);
  });

  test('rows that end early read less', async () => {
    expect(await epoch({ solver: 'auto', cgSteps: 1 })).toBe(2);
    const passes = await epoch({ solver: 'auto', cgSteps: 8 });
    expect(passes).toBeGreaterThan(2);
    expect(passes).toBeLessThan(9);
  });
});

test('a chart has its axes, and its curves within them', () => {
  const picture = curvePicture(
    [
      {
        title: 'one',
        curves: [
          {
            name: 'a',
            colour: '#123456',
            points: [
              [0, 1000],
              [4, 100],
              [8, 1],
              [12, 0],
            ],
          },
        ],
      },
    ],
    { xLabel: 'passes', yLabel: 'above', xEnd: 8, decades: [0, 2] },
  );
  // From the left edge's middle, where the curve enters the decades, to the lower right corner.
  expect(picture).toContain('d="M223 34L388 228"');
  expect(picture).toContain('>100 %</text>');
});
