import { mkdir, writeFile } from 'node:fs/promises';
import { IdTable } from '../../src/cli/read/id-table.ts';
import { readInteractions } from '../../src/cli/read/read-interactions.ts';
import type { AlsProblem, SolveOptions } from '../../src/backends/backend.ts';
import { CpuTraining } from '../../src/backends/cpu/cpu-training.ts';
import { wasmKernels } from '../../src/backends/cpu/wasm/wasm-kernels.ts';
import type { ObjectiveSettings } from '../../src/model/row-equations.ts';
import { CsrMatrix } from '../../src/data/csr-matrix.ts';
import { type Chart, curvePicture } from '../curves/curve-chart.ts';
import { countEntryReads } from '../curves/entry-reads.ts';
import { describeRun } from '../machine.ts';
import { movielensSmall } from '../movielens-small.ts';
import { epochsToLoss } from '../objective.ts';
import { interactionMatrix } from '../../src/data/interactions.ts';
import { presenceSettings, problemOf } from '../problem.ts';

const factors = 64;

/** Where the curves end: eight epochs of CG-3. */
const mostPasses = 32;

/** The contenders, with the colours of their lines. */
const solvers: readonly (SolveOptions & { readonly name: string; readonly colour: string })[] = [
  { name: 'CG-3', solver: 'cg', cgSteps: 3, colour: '#d9534f' },
  { name: 'EW-PCG-1', solver: 'ew-pcg', cgSteps: 1, colour: '#e09b2d' },
  { name: 'EW-PCG-2', solver: 'ew-pcg', cgSteps: 2, colour: '#3f9b56' },
  { name: 'EW-PCG-3', solver: 'ew-pcg', cgSteps: 3, colour: '#8a63d2' },
  { name: 'auto', solver: 'auto', cgSteps: 3, colour: '#2f8fd8' },
  { name: 'Cholesky', solver: 'cholesky', cgSteps: 1, colour: '#909090' },
];

const hu: ObjectiveSettings = { ...presenceSettings, alpha: 10, regularization: 0.1, exponent: 0 };
const settings: readonly (readonly [title: string, settings: ObjectiveSettings])[] = [
  ['presence, α₀ = 1, λ = 0.001, ν = 1', presenceSettings],
  ['presence, α₀ = 0.3, λ = 0.003, ν = 1', { ...presenceSettings, unobservedWeight: 0.3, regularization: 0.003 }],
  ['confidence 1 + 10 s, λ = 0.1, ν = 0', hu],
  ['confidence 1 + 40 s, λ = 0.1, ν = 0', { ...hu, alpha: 40 }],
];

/**
 * `npm run bench -- curves [--ratings=FILE --name=NAME]`: how far each solver's objective has fallen after so many passes
 * over the entries, whatever the machine; the picture goes to docs/curves/NAME.svg. A pass reads the factor row of every
 * entry of both sides once. FILE is MovieLens-like (see `readInteractions`); MovieLens small without it.
 */
export async function benchCurves(flags: readonly string[]): Promise<void> {
  const flag = (name: string): string | undefined =>
    flags.find((given) => given.startsWith(`--${name}=`))?.slice(name.length + 3);
  const file = flag('ratings');
  const name = flag('name') ?? 'movielens-small';
  console.log(describeRun('npm run bench -- curves'));
  const matrix = file === undefined ? interactionMatrix(await movielensSmall()) : await readMatrix(file);
  console.log(`${name}: ${matrix.columns.length} interactions, ${matrix.rowCount} users, ${matrix.columnCount} items`);
  const charts: Chart[] = [];
  for (const [title, objective] of settings) {
    const problem = problemOf(matrix, { factors, settings: objective });
    console.log(`\n${title}, k = ${factors}`);
    const runs = [];
    for (const solver of solvers) runs.push({ ...solver, ...(await trace(problem, solver)) });
    const lowest = Math.min(...runs.flatMap(({ losses }) => losses));
    const target = runs[0]!.losses.at(-1)!;
    for (const { name: solver, losses, passes } of runs) {
      const epochs = epochsToLoss(losses, target);
      const passesAnEpoch = passes.at(-1)! / (passes.length - 1);
      const reached = epochs === null ? 'not reached' : `${(epochs * passesAnEpoch).toFixed(1)} passes`;
      const end = `${losses.at(-1)!.toFixed(1)} after ${passes.at(-1)!.toFixed(1)}`;
      console.log(
        `  ${solver.padEnd(10)} ${passesAnEpoch.toFixed(2)} passes an epoch; ${target.toFixed(1)}: ${reached}; ${end}`,
      );
    }
    charts.push({
      title,
      curves: runs.map(({ name: solver, colour, losses, passes }) => ({
        name: solver,
        colour,
        points: losses.map((loss, epoch) => [passes[epoch]!, 100 * (loss / lowest - 1)] as const),
      })),
    });
  }
  const picture = curvePicture(charts, {
    xLabel: 'passes over the entries',
    yLabel: 'objective above the lowest',
    xEnd: mostPasses,
    decades: [-1, 2],
  });
  await mkdir('docs/curves', { recursive: true });
  await writeFile(`docs/curves/${name}.svg`, picture);
  console.log(`\ndocs/curves/${name}.svg`);
}

/** Objectives at the start and after each epoch, with the passes until then. */
async function trace(
  problem: AlsProblem,
  { solver, cgSteps }: SolveOptions,
): Promise<{ readonly losses: number[]; readonly passes: number[] }> {
  const reads = countEntryReads(await wasmKernels());
  const entries = problem.users.columns.length + problem.items.columns.length;
  const training = new CpuTraining(problem, { solver, cgSteps, threads: 1, workPerThread: 1, source: reads.source });
  const losses = [await training.loss()];
  const passes = [0];
  while (passes.at(-1)! < mostPasses && losses.length <= mostPasses / 2) {
    await training.solve('users');
    await training.solve('items');
    losses.push(await training.loss());
    passes.push(reads.count / entries);
  }
  training.dispose();
  return { losses, passes };
}

async function readMatrix(file: string): Promise<CsrMatrix> {
  const [users, items] = [new IdTable(), new IdTable()];
  const { columns } = await readInteractions(file, {
    format: 'movielens',
    users,
    items,
    withTimes: false,
    minimumValue: null,
  });
  return CsrMatrix.fromTriplets({
    rowCount: users.size,
    columnCount: items.size,
    rows: columns.users,
    columns: columns.items,
    values: columns.values,
  });
}
