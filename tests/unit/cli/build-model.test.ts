import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { main, shippedModel } from '../../../src/cli/movielens/build-model.ts';
import { datasetFolder, readDatasetFolder } from '../../../src/cli/read/read-dataset-folder.ts';
import { readModel } from '../../../src/model/model-files.ts';
import type { FitOptions } from '../../../src/model/fit-options.ts';
import { createCpuBackend } from '../../../src/backends/cpu/cpu-backend.ts';
import { trainPack } from '../../../src/cli/train/train-pack.ts';
import { interactionMatrix, type Interactions } from '../../../src/data/interactions.ts';
import { fakeGpu } from '../../support/fake-gpu.ts';
import type { EpochReport } from '../../../src/model/als-trainer.ts';

/** The first users of MovieLens small, with the whole catalogue's ids cut to the films they know. */
async function sample(userCount: number): Promise<Interactions> {
  const { interactions } = await readDatasetFolder(datasetFolder);
  const end = interactions.users.findIndex((user) => user >= userCount);
  const items = interactions.items.slice(0, end);
  const rows = [...new Set(items)].sort((left, right) => left - right);
  return {
    itemIds: rows.map((row) => interactions.itemIds[row]!),
    userCount,
    users: interactions.users.slice(0, end),
    items: items.map((row) => rows.indexOf(row)),
    values: interactions.values.slice(0, end),
  };
}

const build = (interactions: Interactions, fit: FitOptions, onEpoch?: (report: EpochReport) => void) =>
  trainPack(interactionMatrix(interactions), {
    itemIds: interactions.itemIds,
    fit,
    backend: createCpuBackend(),
    onEpoch,
  });
const small: FitOptions = { ...shippedModel, factors: 5, epochs: 3 };
const modelOf = (files: ReadonlyMap<string, Uint8Array>) =>
  readModel({
    manifest: JSON.parse(new TextDecoder().decode(files.get('manifest.json'))),
    tensors: files.get('model.safetensors')!,
  });

test('same data, same seed: same bytes; another seed: other bytes', async () => {
  const interactions = await sample(20);
  const first = await build(interactions, small);
  expect([...first.keys()]).toEqual(['manifest.json', 'model.safetensors']);
  expect(await build(interactions, small)).toEqual(first);
  const other = await build(interactions, { ...small, seed: 2 });
  expect(other.get('model.safetensors')).not.toEqual(first.get('model.safetensors'));
});

test('a GPU that is lost: the fallback goes on, says so once, and gives the same files', async () => {
  const interactions = await sample(20);
  const notices: (string | null)[] = [];
  const files = await trainPack(interactionMatrix(interactions), {
    itemIds: interactions.itemIds,
    fit: small,
    backend: fakeGpu({ loseAt: 3 }),
    fallback: createCpuBackend(),
    onEpoch: ({ notice }) => notices.push(notice),
  });
  expect(notices.filter((notice) => notice !== null)).toEqual([expect.stringContaining('continued on the CPU')]);
  expect(files).toEqual(await build(interactions, small));
});

test('the files are a model with the settings asked for', async () => {
  const interactions = await sample(20);
  const losses: number[] = [];
  const files = await build(interactions, small, ({ loss }) => losses.push(loss));
  const model = await modelOf(files);
  expect(model.items.ids).toEqual(interactions.itemIds);
  expect(model).toMatchObject({ factors: 5, epochs: 3, userCount: 20, seed: 1, name: 'movielens-small' });
  expect(model.settings).toEqual({
    objective: 'implicit',
    feedback: 'presence',
    alpha: null,
    unobservedWeight: 1,
    regularization: 0.001,
    exponent: 1,
  });
  expect(losses).toHaveLength(3);
  expect(losses[2]).toBeLessThan(losses[0]!);
});

test('the committed model is of the committed data', async () => {
  const folder = 'public/models/movielens-small';
  const names = await readdir(folder);
  const files = new Map(
    await Promise.all(
      names.map(async (name) => [name, new Uint8Array(await readFile(path.join(folder, name)))] as const),
    ),
  );
  const model = await modelOf(files);
  const { interactions } = await readDatasetFolder(datasetFolder);
  expect(model.items.ids).toEqual(interactions.itemIds);
  expect(model).toMatchObject({ factors: 64, epochs: 12, userCount: 671, seed: 1, includesHistory: false });
  const counts = new Uint32Array(interactions.itemIds.length);
  for (const item of interactions.items) counts[item]!++;
  expect(model.itemCounts).toEqual(counts);
});

test('wrong usage', async () => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
  const folder = await mkdtemp(path.join(tmpdir(), 'pocketrec-model-'));
  expect(await main(['--too', folder])).toBe(2);
  expect(printed.mock.calls[0]![0]).toContain("Unknown option '--too'");
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
  printed.mockRestore();
});
