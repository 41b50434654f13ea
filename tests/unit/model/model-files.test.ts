import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import { FactorModel } from '../../../src/model/factor-model.ts';
import { readModel, writeModel } from '../../../src/model/model-files.ts';
import { CorruptModelError, InvalidDataError, ModelMismatchError } from '../../../src/errors.ts';
import { fetchModel, parseJson, writePack, type ModelFiles, type ModelManifest } from '../../../src/pack/model-pack.ts';
import { filmWorld, prefer, trainModel } from '../../support/film-world.ts';

let model: FactorModel;
let files: { manifest: ModelManifest; tensors: Uint8Array };
beforeAll(async () => {
  model = await trainModel(filmWorld('stars'), { objective: 'explicit', name: 'films', seed: 3 });
  files = await writeModel(model);
});

test('a model read is the model written, and its bytes are the same each time', async () => {
  const throughJson: ModelFiles = { manifest: JSON.parse(JSON.stringify(files.manifest)), tensors: files.tensors };
  const read = await readModel(throughJson, { catalogue: model.items.ids });
  expect(read.itemFactors).toEqual(model.itemFactors);
  expect(read.itemBiases).toEqual(model.itemBiases);
  expect(read.itemCounts).toEqual(model.itemCounts);
  expect(read.items.ids).toEqual(model.items.ids);
  expect(read.globalMean).toBe(model.globalMean);
  expect(read.settings).toEqual(model.settings);
  expect(read.summary).toEqual(model.summary);
  expect(read.seed).toBe(3);
  expect(await writeModel(read)).toEqual(files);
});

test('a model loaded recommends as the one trained', async () => {
  const engine = new Engine({ backend: 'cpu' });
  expect(await engine.load(files)).toEqual(model.summary);
  const before = await engine.recommend([prefer('war-1')]);
  const again = new Engine({ backend: 'cpu' });
  await again.load(await engine.save());
  expect((await again.recommend([prefer('war-1')])).items).toEqual(before.items);
});

describe('damaged or foreign files are refused', () => {
  const changed = (change: Record<string, unknown>): ModelFiles => ({
    manifest: { ...files.manifest, ...change },
    tensors: files.tensors,
  });

  test('cut short, lengthened, altered', async () => {
    const { manifest, tensors } = files;
    await expect(readModel({ manifest, tensors: tensors.subarray(0, 100) })).rejects.toThrow(/has 100 bytes where/);
    await expect(readModel({ manifest, tensors: new Uint8Array([...tensors, 0]) })).rejects.toThrow(CorruptModelError);
    const altered = tensors.slice();
    altered[altered.length - 5]! ^= 1;
    await expect(readModel({ manifest, tensors: altered })).rejects.toThrow(/it was altered/);
  });

  test('a manifest that is none', async () => {
    for (const manifest of [null, 'text', [], {}, { format: 'other' }]) {
      await expect(readModel({ manifest, tensors: files.tensors })).rejects.toThrow(/no model manifest/);
    }
    expect(() => parseJson(new TextEncoder().encode('<!doctype html>'))).toThrow(CorruptModelError);
  });

  test.each([
    [{ factors: 0 }, /factors/],
    [{ factors: 1000 }, /factors/],
    [{ settings: { objective: 'bpr' } }, /settings\.objective/],
    [{ globalMean: null }, /globalMean/],
    [{ itemIds: ['one'] }, /1 item ids for 40 items/],
    [{ itemIds: 'abc' }, /itemIds: .* "abc"/],
    [{ itemIds: ['one', 2] }, /itemIds\.1: must be text, got 2/],
    [{ settings: null }, /settings: .* null/],
    [
      { factors: 8.5, seed: 2 ** 53, includesHistory: 'no' },
      /factors: .* got 8\.5; seed: .*; includesHistory: .* got "no"/,
    ],
    [{ tensors: { byteLength: 5, sha256: 'short' } }, /tensors\.sha256/],
    [{ version: 'one' }, /version/],
    [{ epochs: -1 }, /epochs/],
  ])('a manifest with %j', async (change, message) => {
    await expect(readModel(changed(change))).rejects.toThrow(CorruptModelError);
    await expect(readModel(changed(change))).rejects.toThrow(message);
  });

  test('fields of a manifest that are not of this format are left out of the model', async () => {
    const settings = { ...files.manifest.settings, later: true };
    expect((await readModel(changed({ settings, later: 1 }))).settings).toEqual(files.manifest.settings);
  });

  test('ids twice', async () => {
    const itemIds = model.items.ids.map((id, row) => (row === 5 ? 'war-0' : id));
    await expect(readModel(changed({ itemIds }))).rejects.toThrow(/"war-0" stands twice/);
  });

  test('a model of version 1 says rank and alpha0, and is the same model', async () => {
    const { factors, settings, ...rest } = files.manifest;
    const { unobservedWeight, ...others } = settings;
    const old = { ...rest, version: 1, rank: factors, settings: { ...others, alpha0: unobservedWeight } };
    expect(await readModel({ ...files, manifest: old })).toEqual(await readModel(files));
    await expect(readModel({ ...files, manifest: { ...old, rank: 0 } })).rejects.toThrow(/factors/);
  });

  test('a newer version, and a model of another catalogue', async () => {
    await expect(readModel(changed({ version: 3 }))).rejects.toThrow(ModelMismatchError);
    await expect(readModel(changed({ version: 3 }))).rejects.toThrow(/version 3; this code reads up to 2/);
    await expect(readModel(files, { catalogue: ['a'] })).rejects.toThrow(/40 items, this catalogue has 1/);
    const swapped = [...model.items.ids].reverse();
    await expect(readModel(files, { catalogue: swapped })).rejects.toThrow(
      /item 0 is "war-0" there and "love-19" here/,
    );
  });

  test('tensors that are missing, of another shape or type, or not finite', async () => {
    const { format: _format, version: _version, tensors: _tensors, ...description } = files.manifest;
    const itemFactors = { shape: [40, 8], values: model.itemFactors };
    const biases = { shape: [40], values: model.itemBiases };
    const counts = { shape: [40], values: model.itemCounts };
    const packOf = (tensors: Parameters<typeof writePack>[1]): Promise<ModelFiles> => writePack(description, tensors);
    await expect(packOf({ item_biases: biases, item_counts: counts }).then((pack) => readModel(pack))).rejects.toThrow(
      /lacks item_factors/,
    );
    await expect(
      packOf({ item_factors: { ...itemFactors, shape: [8, 40] }, item_biases: biases, item_counts: counts }).then(
        (pack) => readModel(pack),
      ),
    ).rejects.toThrow(/shape 40 × 8, got Float32Array of 8 × 40/);
    await expect(
      packOf({ item_factors: itemFactors, item_biases: biases, item_counts: { ...biases } }).then((pack) =>
        readModel(pack),
      ),
    ).rejects.toThrow(/item_counts must be Uint32Array/);
    const values = model.itemFactors.slice();
    values[17] = Number.NaN;
    await expect(
      packOf({ item_factors: { ...itemFactors, values }, item_biases: biases, item_counts: counts }).then((pack) =>
        readModel(pack),
      ),
    ).rejects.toThrow(/item_factors has NaN at place 17/);
  });

  test('a load that fails leaves the model that was there', async () => {
    const engine = new Engine({ backend: 'cpu' });
    await engine.load(files);
    await expect(engine.load({ manifest: {}, tensors: files.tensors })).rejects.toThrow(CorruptModelError);
    expect((await engine.model())!.name).toBe('films');
  });
});

describe('fetching', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });
  const serve = (answer: (url: URL) => Response): string[] => {
    const asked: string[] = [];
    vi.stubGlobal('fetch', (url: URL) => {
      asked.push(url.href);
      return Promise.resolve(answer(url));
    });
    return asked;
  };
  const whole = (url: URL): Response =>
    new Response(url.pathname.endsWith('.json') ? JSON.stringify(files.manifest) : new Uint8Array(files.tensors));

  test('both files from the folder, with or without a slash', async () => {
    const asked = serve(whole);
    const engine = new Engine({ backend: 'cpu' });
    await engine.load('https://example.org/models/films');
    await engine.load(new URL('https://example.org/models/films/'), { catalogue: model.items.ids });
    expect(new Set(asked)).toEqual(
      new Set(['https://example.org/models/films/manifest.json', 'https://example.org/models/films/model.safetensors']),
    );
    expect((await engine.model())!.summary).toEqual(model.summary);
  });

  test('an error page, a broken line, text that is not JSON', async () => {
    serve(() => new Response('', { status: 404, statusText: 'Not Found' }));
    await expect(fetchModel('https://example.org/m')).rejects.toThrow(/m\/(manifest|model)\S+ answered 404 Not Found/);
    await expect(fetchModel('https://example.org/m')).rejects.toThrow(InvalidDataError);
    serve(() => new Response('<!doctype html>'));
    await expect(fetchModel('https://example.org/m')).rejects.toThrow(/not JSON/);
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')));
    await expect(fetchModel('https://example.org/m')).rejects.toThrow(/could not be fetched.*fetch failed/);
  });
});
