import { solverNames } from '../../src/engine/backend.ts';
import { describeWebGpu, plainBackend, webGpuBackend } from '../backends.ts';
import { describeRun } from '../machine.ts';
import { describeTimesToLoss, lossCurve, timesToLoss, type Trainer } from '../objective.ts';
import { movielensSmall } from '../movielens-small.ts';
import { describeInteractions, matrixOf, presenceSettings, problemOf } from '../problem.ts';

/** The objective to reach is the yardstick's after so many epochs. */
const referenceEpochs = 12;

/** The exact solver is the referee and several times slower; `auto` is one of the others. */
const notTimed: readonly string[] = ['cholesky', 'auto'];

/**
 * `npm run bench -- objective`: the time until the objective is as low as 12 epochs of plain TypeScript CG-3 on one
 * thread make it, for every back end and solver.
 */
export async function benchObjective(): Promise<void> {
  const interactions = await movielensSmall();
  const matrix = matrixOf(interactions);
  const webGpu = await webGpuBackend();
  console.log(describeRun('npm run bench -- objective'));
  console.log(`${describeWebGpu(webGpu)} · ${describeInteractions(interactions)}`);
  const plain = plainBackend();
  const cg3 = { solver: 'cg', cgSteps: 3 } as const;
  const yardstick: Trainer = { name: `${plain.name}, cg 3`, backend: plain.backend, options: cg3 };
  for (const rank of [32, 64]) {
    const problem = problemOf(matrix, { rank, settings: presenceSettings });
    const losses = await lossCurve(problem, yardstick, (soFar) => soFar.length > referenceEpochs);
    const target = losses.at(-1)!;
    const trainers = [yardstick];
    for (const named of [plain, ...(webGpu === null ? [] : [webGpu])]) {
      for (const solver of solverNames) {
        if (notTimed.includes(solver) || (named === plain && solver === 'cg')) continue;
        const name = `${named.name}, ${solver}${solver === 'cg' ? ' 3' : ''}`;
        trainers.push({ name, backend: named.backend, options: { solver, cgSteps: 3 } });
      }
    }
    const { trainers: results } = await timesToLoss(problem, trainers, { target, rounds: 3 });
    console.log(`\nTime until the objective is ${target.toFixed(1)}, k = ${rank} (start ${losses[0]!.toFixed(1)})`);
    for (const line of describeTimesToLoss(results)) console.log(line);
  }
  webGpu?.backend.dispose();
}
