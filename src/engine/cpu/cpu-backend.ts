import type { AlsProblem, Backend, ItemTable, SolveOptions } from '../backend.ts';
import { CpuScoring } from './cpu-scoring.ts';
import { CpuTraining } from './cpu-training.ts';

/** The back end that is always there: plain TypeScript on the calling thread. It starts at once and is never lost. */
export function createCpuBackend(): Backend {
  return {
    info: { kind: 'cpu', adapter: null, isSoftware: false },
    openTraining: (problem: AlsProblem, options: SolveOptions) => Promise.resolve(new CpuTraining(problem, options)),
    openTable: (table: ItemTable) => Promise.resolve(new CpuScoring(table)),
    lost: new Promise<string>(() => {}),
    dispose: () => {},
  };
}
