import { AlsTrainer, type EpochReport, type TrainerOptions } from '../../src/model/als-trainer.ts';
import { createCpuBackend } from '../../src/backends/cpu/cpu-backend.ts';
import type { FactorModel } from '../../src/model/factor-model.ts';
import type { FitOptions } from '../../src/model/fit-options.ts';
import { interactionMatrix, type Interactions } from '../../src/data/interactions.ts';
import type { Preference } from '../../src/history/preferences.ts';
import { uniform } from './synthetic.ts';

/** Films of two tastes, `war-0 … war-19` and `love-0 … love-19`, lower numbers better known; 60 users of one taste each. */
export function filmWorld(feedback: 'presence' | 'stars' = 'presence'): Interactions {
  const itemIds = ['war', 'love'].flatMap((taste) => Array.from({ length: 20 }, (_, place) => `${taste}-${place}`));
  const next = uniform(12);
  const users: number[] = [];
  const items: number[] = [];
  const values: number[] = [];
  for (let user = 0; user < 60; user++) {
    const taste = user % 2;
    for (let place = 0; place < 20; place++) {
      for (const [offset, likelihood, stars] of [
        [20 * taste, 0.8 - place / 40, 4.5],
        [20 * (1 - taste), 0.1, 1.5],
      ] as const) {
        if (next() >= likelihood) continue;
        users.push(user);
        items.push(offset + place);
        values.push(feedback === 'presence' ? 1 : stars);
      }
    }
  }
  return {
    itemIds,
    userCount: 60,
    users: Uint32Array.from(users),
    items: Uint32Array.from(items),
    values: Float32Array.from(values),
  };
}

/** A trainer of these interactions. */
export function trainerOf(interactions: Interactions, options: Omit<TrainerOptions, 'itemIds'> = {}): AlsTrainer {
  return new AlsTrainer(interactionMatrix(interactions), { ...options, itemIds: interactions.itemIds });
}

/** The reports of a run to its end, on the CPU where nothing else is said. */
export async function reportsOf(
  trainer: AlsTrainer,
  options: Partial<Parameters<AlsTrainer['run']>[0]> = {},
): Promise<EpochReport[]> {
  const reports: EpochReport[] = [];
  const run = { backend: createCpuBackend(), fallback: createCpuBackend(), ...options };
  for await (const report of trainer.run(run)) reports.push(report);
  return reports;
}

/** A model trained on the CPU to its last epoch. */
export async function trainModel(interactions: Interactions, options: FitOptions = {}): Promise<FactorModel> {
  const trainer = trainerOf(interactions, { factors: 8, epochs: 6, ...options });
  for await (const report of trainer.run({ backend: createCpuBackend() })) void report;
  return (await trainer.model())!;
}

/** A preference, liked with full strength where nothing else is said. */
export function prefer(itemId: string, overrides: Partial<Preference> = {}): Preference {
  return { itemId, strength: 1, stars: null, ts: 0, ...overrides };
}
