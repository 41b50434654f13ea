import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { TrainReport } from '../../../src/cli/train/train-command.ts';
import type { TuneReport } from '../../../src/cli/tune/tune-command.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { fileOf, report, run, small, twoTastes } from '../../support/command-line.ts';
import { prefer } from '../../support/film-world.ts';

async function load(folder: string): Promise<Engine> {
  const engine = new Engine({ backend: 'cpu' });
  await engine.load({
    manifest: JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8')) as unknown,
    tensors: new Uint8Array(await readFile(path.join(folder, 'model.safetensors'))),
  });
  return engine;
}

test('the model on disk recommends by taste; the same file and seed give the same bytes', async () => {
  const { trainFile } = await twoTastes();
  const out = path.join(path.dirname(trainFile), 'models', 'tastes');
  // Two factors: one a taste.
  const args = `train --train ${trainFile} --factors 2 --epochs 8 --name tastes`;
  const found = await report<TrainReport>(`${args} --out ${out}`);
  expect(found).toMatchObject({
    settings: { factors: 2, epochs: 8, unobservedWeight: 0.3, name: 'tastes' },
    backend: 'cpu',
    data: { users: 40, items: 24, rows: 320, duplicates: 0, belowMinimum: 0 },
  });
  expect(found.loss).toBeGreaterThan(0);
  expect(found.files.map((file) => path.relative(out, file.path))).toEqual(['manifest.json', 'model.safetensors']);
  const engine = await load(out);
  expect(engine.model!.summary).toMatchObject({ name: 'tastes', factors: 2, epochs: 8, userCount: 40, itemCount: 24 });
  const { items } = await engine.recommend([prefer('i3'), prefer('i9')], { count: 10 });
  expect(items).toHaveLength(10);
  // Odd items meet odd users only: the ten that are left of that taste stand before all of the other.
  expect(items.filter(({ itemId }) => Number(itemId.slice(1)) % 2 === 0)).toEqual([]);

  const again = `${out}-again`;
  await report<TrainReport>(`${args} --out ${again}`);
  for (const name of await readdir(out)) {
    expect(await readFile(path.join(again, name)), name).toEqual(await readFile(path.join(out, name)));
  }
});

test('what tune found is trained, and Engine.fit takes it as it stands', async () => {
  const { train, trainFile } = await twoTastes();
  const tuned = await report<TuneReport>(
    `tune --train ${trainFile} --factors 2,4 --trials 3 --epochs 4 --metric ndcg@4 --feedback presence`,
  );
  const { settings } = tuned.tuned[0]!;
  const weights = { valueWeight: 0.2, activityDiscount: 0.4, popularityDiscount: 0.1 };
  const weighed = { ...tuned, tuned: [{ ...tuned.tuned[0]!, settings: { ...settings, weights } }] };
  for (const [name, wanted] of [
    ['found', tuned],
    ['weighed', weighed],
  ] as const) {
    const file = await fileOf(`${name}.json`, [JSON.stringify(wanted)]);
    const out = path.join(path.dirname(trainFile), name);
    const found = await report<TrainReport>(`train --train ${trainFile} --tuned ${file} --out ${out}`);
    expect(found.settings).toEqual(wanted.tuned[0]!.settings);
    const written = await load(out);

    const ids = written.itemIds();
    const users = [...new Set(train.map((row) => row.split(',')[0]!))].sort();
    const fitted = new Engine({ backend: 'cpu' });
    const fields = train.map((row) => row.split(','));
    const interactions = {
      itemIds: ids,
      userCount: users.length,
      users: Uint32Array.from(fields, ([user]) => users.indexOf(user!)),
      items: Uint32Array.from(fields, ([, item]) => ids.indexOf(item!)),
      values: Float32Array.from(fields, ([, , value]) => Number(value)),
    };
    for await (const epoch of fitted.fit(interactions, wanted.tuned[0]!.settings)) void epoch;
    expect(fitted.model!.itemFactors).toEqual(written.model!.itemFactors);
    expect(fitted.model!.weights).toEqual(written.model!.weights);
  }
});

test('arguments win over what was tuned; every fold has settings of its own', async () => {
  const { trainFile } = await twoTastes();
  const out = path.join(path.dirname(trainFile), 'other');
  const entry = { fold: null, settings: { factors: 3, epochs: 2, weights: { valueWeight: 1 } } };
  const file = await fileOf('some.json', [JSON.stringify({ tuned: [entry] })]);
  const args = `train --train ${trainFile} --out ${out}`;
  expect((await report<TrainReport>(`${args} --tuned ${file} --epochs 1`)).settings).toMatchObject({
    factors: 3,
    epochs: 1,
    weights: { valueWeight: 1 },
  });
  const byFold = await fileOf('folds.json', [JSON.stringify({ tuned: [{ ...entry, fold: 0 }] })]);
  expect((await run(`${args} --tuned ${byFold}`)).err).toContain('has settings for fold 0, not for data without folds');
  const wrong = await fileOf('wrong.json', [JSON.stringify({ tuned: [{ ...entry, settings: { factor: 3 } }] })]);
  expect((await run(`${args} --tuned ${wrong}`)).err).toContain(
    "is not what pocketrec tune --json prints: Unknown option 'factor' of fit; did you mean 'factors'?",
  );
});

test('people read what was trained and written', async () => {
  const { trainFile } = await twoTastes();
  const out = path.join(path.dirname(trainFile), 'read');
  const printed = await run(`train --train ${trainFile} ${small} --out ${out}`);
  expect(printed.status).toBe(0);
  expect(printed.out).toMatch(/^320 interactions of 40 users with 24 items, 4 factors, 4 epochs, loss /u);
  expect(printed.out).toMatch(/manifest\.json: \d+ bytes\n.*model\.safetensors: \d+ bytes$/u);
});
