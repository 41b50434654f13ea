import { cpuBackends, describeCpu, describeWebGpu, javascriptBackend, webGpuBackend } from '../backends.ts';
import { describeRun } from '../machine.ts';
import { describeTimesToLoss, lossCurve, timesToLoss, trainersOf, yardstick } from '../objective.ts';
import { movielensSmall } from '../movielens-small.ts';
import { interactionMatrix } from '../../src/data/interactions.ts';
import { describeInteractions, presenceSettings, problemOf } from '../problem.ts';

/** The objective to reach is the yardstick's after so many epochs. */
const referenceEpochs = 12;

/**
 * `npm run bench -- objective`: the time until the objective is as low as 12 epochs of plain TypeScript CG-3 on one
 * thread make it, for every back end and solver.
 */
export async function benchObjective(): Promise<void> {
  const interactions = await movielensSmall();
  const matrix = interactionMatrix(interactions);
  const webGpu = await webGpuBackend();
  console.log(describeRun('npm run bench -- objective'));
  console.log(`${describeWebGpu(webGpu)} · ${describeInteractions(interactions)}`);
  const cpus = cpuBackends();
  for (const factors of [32, 64]) {
    const problem = problemOf(matrix, { factors, settings: presenceSettings });
    const losses = await lossCurve(problem, yardstick, (soFar) => soFar.length > referenceEpochs);
    const target = losses.at(-1)!;
    const backends = [javascriptBackend(), ...cpus, ...(webGpu === null ? [] : [webGpu])];
    const trainers = [yardstick, ...backends.flatMap((named) => trainersOf(named))];
    const { trainers: results } = await timesToLoss(problem, trainers, { target, rounds: 3 });
    console.log(`\nTime until the objective is ${target.toFixed(1)}, k = ${factors} (start ${losses[0]!.toFixed(1)})`);
    for (const line of describeTimesToLoss(results)) console.log(line);
  }
  console.log(describeCpu(cpus[0]!));
  webGpu?.backend.dispose();
}
