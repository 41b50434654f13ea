import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TuneReport } from '../../../src/cli/tune/tune-command.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { prefer } from '../../support/film-world.ts';
import { fileOf, report, run, small, twoTastes } from '../../support/command-line.ts';

let trainFile: string;
let folder: string;
beforeAll(async () => {
  ({ trainFile } = await twoTastes());
  folder = path.dirname(trainFile);
});

async function packIn(out: string) {
  const manifest: unknown = JSON.parse(await readFile(path.join(out, 'manifest.json'), 'utf8'));
  return { manifest, tensors: new Uint8Array(await readFile(path.join(out, 'model.safetensors'))) };
}

describe('train', () => {
  test('a folder that a page loads, and that recommends what the taste is', async () => {
    const out = path.join(folder, 'tastes');
    const { status, out: printed, err } = await run(`train --train ${trainFile} --out ${out} ${small} --seed 3`);
    expect([status, err]).toEqual([0, '']);
    expect(printed).toMatch(
      /tastes: manifest\.json \d+ bytes, model\.safetensors \d+ bytes; 320 interactions of 40 users/,
    );
    expect((await readdir(out)).sort()).toEqual(['manifest.json', 'model.safetensors']);
    const engine = new Engine({ backend: 'cpu' });
    expect(await engine.load(await packIn(out))).toMatchObject({
      name: 'tastes',
      factors: 4,
      epochs: 4,
      userCount: 40,
    });
    const { items } = await engine.recommend([prefer('i0'), prefer('i2')], { count: 5 });
    // Users of even numbers know the items of even numbers.
    expect(items.every(({ itemId }) => Number(itemId.slice(1)) % 2 === 0)).toBe(true);
  });

  test('what tune found is trained as it is, weights and all; arguments win over it', async () => {
    const search = `tune --train ${trainFile} ${small} --factors 2,3 --trials 6 --metric ndcg@4`;
    const tuned = await report<{ tuned: { settings: Record<string, unknown> }[] }>(search.replace(small, '--epochs 4'));
    const weights = { valueWeight: 0.5, activityDiscount: 0.25, popularityDiscount: 0.1 };
    const settings: Record<string, unknown> = { ...tuned.tuned[0]!.settings, weights };
    const file = await fileOf('tuned.json', [JSON.stringify({ tuned: [{ fold: null, settings }] })]);
    const out = path.join(folder, 'tuned');
    expect(await run(`train --train ${trainFile} --out ${out} --tuned ${file} --epochs 2`)).toMatchObject({
      status: 0,
    });
    const { manifest } = await packIn(out);
    expect(manifest).toMatchObject({
      factors: settings['factors'],
      epochs: 2,
      settings: { unobservedWeight: settings['unobservedWeight'], regularization: settings['regularization'] },
      weights,
    });
  });

  test('Engine.fit takes what tune found as it stands, and trains the same model', async () => {
    const { train } = await twoTastes();
    const { tuned } = await report<TuneReport>(
      `tune --train ${trainFile} --factors 2,3 --trials 3 --epochs 4 --metric ndcg@4`,
    );
    const weights = { valueWeight: 0.5, activityDiscount: 0.25, popularityDiscount: 0.1 };
    for (const settings of [tuned[0]!.settings, { ...tuned[0]!.settings, weights }]) {
      const file = await fileOf('settings.json', [JSON.stringify({ tuned: [{ fold: null, settings }] })]);
      const out = path.join(folder, 'by-command');
      expect((await run(`train --train ${trainFile} --out ${out} --tuned ${file} --overwrite`)).status).toBe(0);
      const written = new Engine({ backend: 'cpu' });
      await written.load(await packIn(out));

      const itemIds = (await written.model())!.items.ids;
      const rows = train.map((row) => row.split(','));
      const users = [...new Set(train.map((row) => row.split(',')[0]!))].sort();
      const interactions = {
        itemIds,
        userCount: users.length,
        users: Uint32Array.from(rows, ([user]) => users.indexOf(user!)),
        items: Uint32Array.from(rows, ([, item]) => itemIds.indexOf(item!)),
        values: Float32Array.from(rows, ([, , value]) => Number(value)),
      };
      const fitted = new Engine({ backend: 'cpu' });
      for await (const epoch of fitted.fit(interactions, settings)) void epoch;
      expect((await fitted.save()).tensors).toEqual((await written.save()).tensors);
    }
  });

  test('a model that is there is kept unless it is to be overwritten', async () => {
    const out = path.join(folder, 'kept');
    const command = `train --train ${trainFile} --out ${out} ${small}`;
    await run(command);
    const before = await packIn(out);
    expect(await run(`${command} --seed 2`)).toMatchObject({
      status: 2,
      err: expect.stringMatching(/manifest\.json is there already/),
    });
    expect(await packIn(out)).toEqual(before);
    expect(await run(`${command} --seed 2 --overwrite`)).toMatchObject({ status: 0 });
    expect(await packIn(out)).not.toEqual(before);
  });

  test.each([
    ['train', '--train must name a file', 2],
    ['train --train FILE', '--out must name the folder', 2],
    ['train --train FILE --out OUT --factor 3', "Unknown option '--factor'", 2],
    ['train --train FILE --out OUT --test FILE', "Unknown option '--test'", 2],
    ['train --train FILE --out OUT --tuned FILE', 'is not what pocketrec tune --json prints', 1],
    ['train --train FILE --out OUT --factors 0', '--factors must be a whole number from 1 to 256', 2],
    ['train --train FILE --out OUT --backend gpu', '--backend must be cpu or webgpu', 2],
    ['train --train nowhere.csv --out OUT', 'nowhere.csv', 1],
  ])('%s: %s', async (command, message, status) => {
    const args = command.replaceAll('FILE', trainFile).replace('OUT', path.join(folder, 'none'));
    const found = await run(args);
    expect(found.status).toBe(status);
    expect(found.err).toContain(message);
    expect(await readdir(folder)).not.toContain('none');
  });

  test('tuned settings with an option that fit does not have', async () => {
    const file = await fileOf('wrong.json', [JSON.stringify({ tuned: [{ fold: null, settings: { factor: 3 } }] })]);
    const found = await run(`train --train ${trainFile} --out ${path.join(folder, 'none')} --tuned ${file}`);
    expect(found).toMatchObject({ status: 1, err: expect.stringContaining("did you mean 'factors'?") });
  });

  test('--help', async () => {
    expect((await run('train --help')).out).toContain('pocketrec train: trains implicit ALS');
    expect((await run('help')).out).toContain('train      train on all of a file');
  });
});
