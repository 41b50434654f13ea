import { expect, test } from 'vitest';
import type { Backend } from '../../../src/backends/backend.ts';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { ServingModel } from '../../../src/serving/serving-model.ts';
import { filmWorld, trainModel } from '../../support/film-world.ts';

const model = await trainModel(filmWorld(), { factors: 4, epochs: 1 });

/** A CPU back end that notes what becomes of its item tables. */
function watched(): { readonly backend: Backend; readonly events: string[] } {
  const cpu = createCpuBackend();
  const events: string[] = [];
  const backend: Backend = {
    ...cpu,
    openItemTable: async (side) => {
      events.push('opened');
      const table = await cpu.openItemTable(side);
      return Object.assign(table, { dispose: () => void events.push('disposed') });
    },
  };
  return { backend, events };
}

/** What only `await` puts off has happened by then. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test('one table for each back end, however many requests', async () => {
  const { backend, events } = watched();
  const serving = new ServingModel(model);
  await Promise.all([serving.use(backend, async () => 1), serving.use(backend, async () => 2)]);
  await serving.use(backend, async () => 3);
  expect(events).toEqual(['opened']);
});

test('a model that is replaced keeps its table until the last request under way has ended', async () => {
  const { backend, events } = watched();
  const serving = new ServingModel(model);
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  const slow = serving.use(backend, () => ended);
  const quick = serving.use(backend, async () => 1);
  serving.retire();
  await quick;
  await settled();
  expect(events).toEqual(['opened']);
  end();
  await slow;
  await settled();
  expect(events).toEqual(['opened', 'disposed']);
});

test('a request that comes after that opens a table for itself, and leaves none', async () => {
  const { backend, events } = watched();
  const serving = new ServingModel(model);
  serving.retire();
  await serving.use(backend, async () => 1);
  await settled();
  expect(events).toEqual(['opened', 'disposed']);
});
