import type { SolveOptions } from '../../../src/backends/backend.ts';
import type { ObjectiveSettings } from '../../../src/model/row-equations.ts';
import { cpuBackends, describeCpu } from '../../backends.ts';
import { describeRun } from '../../machine.ts';
import { describeTimesToLoss, timedSolvers, timesToLoss, trainersOf } from '../../objective.ts';
import { movielensSmall } from '../../movielens-small.ts';
import { interactionMatrix } from '../../../src/data/interactions.ts';
import { describeInteractions, problemOf } from '../../problem.ts';
import { lossAt } from '../../referee.ts';
import { ImplicitProgram, implicitPython, PeerMissingError } from './implicit-program.ts';

/** Hu, Koren and Volinsky's objective with a plain λ, which is the one that implicit optimises. */
const settings: ObjectiveSettings = {
  objective: 'implicit',
  feedback: 'presence',
  alpha: 10,
  unobservedWeight: 1,
  regularization: 0.1,
  exponent: 0,
};
const factors = 64;
const iterations = 12;
const cgSteps = 3;

/** Confidences of 11 weigh a row's own entries more: a third step may pay. */
const solvers: readonly SolveOptions[] = [...timedSolvers, { solver: 'ew-pcg', cgSteps: 3 }];

/**
 * `npm run bench -- implicit`: implicit's ALS (C++, CG-3, 12 iterations) against the time in which our CPU back end
 * reaches the same objective, from the same start and with the same number of threads.
 */
export async function benchImplicit(): Promise<void> {
  console.log(describeRun('npm run bench -- implicit'));
  let python: string;
  try {
    python = await implicitPython();
  } catch (error) {
    if (!(error instanceof PeerMissingError)) throw error;
    console.log(`implicit: skipped, ${error.message}`);
    return;
  }
  const interactions = await movielensSmall();
  const problem = problemOf(interactionMatrix(interactions), { factors, settings });
  const backends = cpuBackends();
  for (const threads of new Set(backends.map((backend) => backend.threads))) {
    const { regularization } = settings;
    const peer = await ImplicitProgram.open(python, { problem, regularization, iterations, cgSteps, threads });
    try {
      if (threads === 1) console.log(`${await peer.about()} · ${describeInteractions(interactions)}`);
      await peer.fit();
      const target = lossAt(problem, await peer.factors());
      const trainers = backends
        .filter((backend) => backend.threads === threads)
        .flatMap((named) => trainersOf(named, solvers));
      const name = `implicit, ${threads} thread${threads > 1 ? 's' : ''}, cg ${cgSteps}: ${iterations} iterations`;
      const others = [{ name, run: () => peer.fit() }];
      const times = await timesToLoss(problem, trainers, { target, rounds: 5, others });
      console.log(`\nTime until the objective is ${target.toFixed(1)} (α = 10, λ = 0.1), k = ${factors}`);
      for (const line of describeTimesToLoss(times.trainers, times.others)) console.log(line);
    } finally {
      await peer.close();
    }
  }
  console.log(describeCpu(backends[0]!));
  for (const { backend } of backends) backend.dispose();
}
